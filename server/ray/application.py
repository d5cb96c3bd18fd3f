"""`oncue serve` as a Ray Serve application: `oncue serve --ray`, or `serve run oncue.server.ray.application:build`.

A replica is a whole server of ours with its engine (`replica`), reached over Ray's HAProxy path (`bridge`). Replicas share
nothing but the Redis of the configuration: voices are the same on all, and a line that was lost with its replica is resumed on
any other. So nothing depends on which replica a client reaches.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from oncue.server import config as configuration
from oncue.server.ray.bridge import Bridge
from oncue.server.ray.replica import GRACE_S, replica_config, replica_server

SOCKETS_PER_SLOT = 4
"""Connections that a replica takes for each line it can speak at once: most clients listen to nothing at any moment."""
EVERYWHERE = "0.0.0.0"  # noqa: S104
"""Where Ray's HAProxy listens unless `serve.start` says another address."""
ENVIRONMENT: Mapping[str, str] = {
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    # Ray closes the sockets of a replica after this time, and HAProxy those of before its last change; ours leave by themselves.
    "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": f"{GRACE_S:.0f}",
    "RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S": f"{GRACE_S:.0f}",
    "RAY_worker_niceness": "0",  # Ray lets its workers wait for everybody else, which a line cannot
}
"""What Ray itself has to find in its environment on every machine, before it is started."""


def build(arguments: dict[str, str] | None = None, config: configuration.Config | None = None) -> Any:
    """The application; without `config` every replica takes its own from the environment of its machine.

    `arguments`: `replicas` (at least), `most` (at most), `slots` (lines a replica speaks at once), `cpus` and `gpus` of each,
    `grace` (seconds that the lines of a replica which is taken away have). Raises ConfigError or ValueError.
    """
    from ray import serve

    given = arguments or {}
    slots, fewest = int(given.get("slots", "4")), int(given.get("replicas", "1"))
    most, grace_s = int(given.get("most", str(fewest))), float(given.get("grace", str(GRACE_S)))
    if config is not None:
        replica_config(config, 0)  # what is wrong with it is told here, and not by every replica again and again
    scaling = {"min_replicas": fewest, "max_replicas": most, "target_ongoing_requests": SOCKETS_PER_SLOT * slots * 0.7}
    options: dict[str, Any] = {
        "max_ongoing_requests": SOCKETS_PER_SLOT * slots,
        "graceful_shutdown_timeout_s": grace_s,
        "health_check_period_s": 2,
        "ray_actor_options": {"num_cpus": float(given.get("cpus", "1")), "num_gpus": float(given.get("gpus", "0"))},
        **({"num_replicas": fewest} if most == fewest else {"autoscaling_config": scaling}),
    }

    def bridge() -> Bridge:
        own = config or configuration.load(None, os.environ, {"host": EVERYWHERE})
        return Bridge(partial(replica_server, replica_config(own, os.getpid(), grace_s)))

    deployment: Any = serve.deployment(**options)(serve.ingress(bridge)(OnCue))
    return deployment.bind()


class OnCue:
    """What Ray calls a replica; everything is in the application behind it."""
