"""What a configuration asks for, made: the engines, and who reads feelings in words. Nothing is started here."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib.util import find_spec

from oncue.model import registry
from oncue.model.text import qwen
from oncue.model.watermark.speech import Watermark
from oncue.server import watermark_key
from oncue.server.audit.log import AuditLog
from oncue.server.audit.writer import AuditWriter
from oncue.server.config import Config, ConfigError
from oncue.server.emotion.local_model import LocalModel
from oncue.server.emotion.service import EmotionBackend, EmotionService
from oncue.server.engines.pool import EnginePool
from oncue.server.engines.process import EngineOptions
from oncue.server.model_folders import installed
from oncue.server.tracing import tracing_to


def engine_pool(config: Config, *, process: bool = True, warm: bool = True) -> EnginePool:
    """The engines, not started: each in a process, or with `process` false one in a thread. Raises ConfigError."""
    engines = config.engines if process else 1
    audit = AuditWriter(AuditLog(config.audit_path) if config.audit else None)
    return EnginePool(
        replace(engine_options(config), warm=warm),
        engines=engines,
        process=process,
        emotions=emotion_service(config),
        audit=audit,
        keep_text=config.audit_text,
        tracing=tracing_to(config.traces) if config.traces else None,
    )


def engine_options(config: Config) -> EngineOptions:
    """What an engine is to load: the weights that are named, else those that were fetched, else the family's own."""
    weights = config.weights_path or installed(config.family)
    mark = watermark(config)
    return EngineOptions(config.family, weights, config.device, config.threads, config.dictionary_path, mark)


def watermark(config: Config) -> Watermark | None:
    """The mark of this server, made if there was none; None where the configuration turns it off. Raises ConfigError."""
    if not config.watermark:
        return None
    try:
        return watermark_key.load_or_make(config.watermark_path)
    except watermark_key.WatermarkKeyError as error:
        raise ConfigError(str(error)) from error


def emotion_service(config: Config) -> EmotionService:
    """Who reads feelings in words: the endpoint that is named, else a model on this machine, else only the lexicon.

    Raises ConfigError when a model is named that cannot be there.
    """
    return EmotionService(_emotion_backend(config), config.emotion_timeout_s)


def _emotion_backend(config: Config) -> EmotionBackend | None:
    if config.emotion_url:
        from oncue.server.emotion.chat_endpoint import ChatEndpoint

        return ChatEndpoint(config.emotion_url, config.emotion_model, config.emotion_key)
    named = config.emotion_path
    folder = named or registry.emotion_folder(config.family, config.weights_path or installed(config.family))
    if folder is None or not config.emotion_local:
        return None
    if named is not None and not named.is_dir():
        raise ConfigError("emotion_dir names no folder: give the one that holds the model's config.json.")
    if find_spec("transformers") is None:
        if named is not None:
            raise ConfigError("A model that names feelings needs transformers: `pip install 'oncue[full]'`.")
        return None
    return LocalModel(partial(qwen.load, folder, config.device, config.threads))
