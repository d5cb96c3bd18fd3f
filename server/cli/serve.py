"""`oncue serve`: run the server until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from oncue.server import logs
from oncue.server.cli.common import CommandError, CommandFailed, config_of, print_json
from oncue.server.config import Config
from oncue.server.http.tls import certificate, outward
from oncue.server.lifecycle import ListenError
from oncue.server.lifecycle import serve as run_server


def serve(
    config: Annotated[Path | None, typer.Option(help="TOML file with any of the keys of the configuration.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    token: Annotated[str | None, typer.Option(help="What clients must send; needed beyond loopback.")] = None,
    tls: Annotated[
        str | None,
        typer.Option(help="self-signed, for phones on this network, or a PEM file with certificate and key."),
    ] = None,
    wyoming: Annotated[
        str | None, typer.Option(help="Port, or host:port, for Home Assistant's Wyoming protocol.")
    ] = None,
    wyoming_open: Annotated[
        bool | None, typer.Option("--wyoming-open", help="Let everybody who reaches that port speak: it knows no keys.")
    ] = None,
    family: Annotated[str | None, typer.Option("--family", "--model", help="Model family.")] = None,
    weights: Annotated[
        str | None, typer.Option("--weights", "--model-dir", help="Where the weights are, if not with the family.")
    ] = None,
    dictionary: Annotated[
        Path | None, typer.Option(help="A file of pronunciations for all lines; see docs/text.md.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu or cuda.")] = None,
    threads: Annotated[int | None, typer.Option(help="Cores for an engine.")] = None,
    engines: Annotated[int | None, typer.Option(help="Engine processes that share the lines.")] = None,
    ray: Annotated[bool, typer.Option("--ray", help="Serve by replicas on Ray; see docs/scale.md.")] = False,
    replicas: Annotated[int, typer.Option(min=1, help="With --ray: whole servers, each with its engines.")] = 1,
    most: Annotated[int | None, typer.Option(min=1, help="With --ray: so many when they are needed.")] = None,
    lines: Annotated[int, typer.Option(min=1, help="With --ray: lines that one replica speaks at once.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Announce the URL as one JSON object.")] = False,
) -> None:
    """Start the server."""
    chosen = config_of(
        config,
        host=host,
        port=port,
        token=token,
        tls=tls,
        wyoming=wyoming,
        wyoming_open=wyoming_open,
        family=family,
        weights=weights,
        dictionary=None if dictionary is None else str(dictionary),
        device=device,
        threads=threads,
        engines=engines,
    )

    logs.set_up(chosen.log)

    def announce(url: str) -> None:
        if as_json:
            print_json({"url": url})
        else:
            print(f"OnCue speaks at {url}; Ctrl-C stops it.", flush=True)
            _tell_others(chosen, url)

    try:
        if ray:
            asyncio.run(_on_ray(chosen, replicas, most, lines, announce))
        else:
            asyncio.run(run_server(chosen, announce))
    except ListenError as error:
        raise CommandFailed(str(error)) from error


async def _on_ray(config: Config, replicas: int, most: int | None, lines: int, announce: Callable[[str], None]) -> None:
    from oncue.server.ray.serving import serve_on_ray

    if config.tls or config.wyoming:
        raise CommandError("Replicas on Ray have no TLS and no Wyoming: put what has before them.")
    if most is not None and most < replicas:
        raise CommandError("--most is at least as many as --replicas.")
    cores = config.threads * config.engines
    gpus = config.engines if config.device.startswith("cuda") else 0
    told = {"replicas": replicas, "most": most or replicas, "slots": lines, "cpus": cores, "gpus": gpus}
    await serve_on_ray(config, {name: str(value) for name, value in told.items()}, announce)


def _tell_others(config: Config, url: str) -> None:
    """Where another machine finds the server, and what its certificate looks like there."""
    if not config.loopback:
        scheme, _, place = url.partition("://")
        for address in outward():
            print(f"On this network: {scheme}://{address}:{place.rpartition(':')[2]}/", flush=True)
    held = certificate(config)
    if held is not None:
        print(f"SHA-256 of the certificate: {held.fingerprint}", flush=True)
