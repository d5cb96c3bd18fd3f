from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from oncue.model.indextts2.networks.gpt import GPT
from oncue.model.indextts2.onnx import graphs
from oncue.model.indextts2.onnx.serving import Graph, Place, _profile, serve
from oncue.model.indextts2.speech import IndexSpeech
from tests import contract
from tests.model.indextts2.family import OPTIONS, networks, speech

TEXT = "Hi."


@pytest.fixture(scope="module")
def served() -> IndexSpeech:
    return speech(replace(OPTIONS, runtime="onnx"))


def test_the_family_keeps_its_laws_on_it(served: IndexSpeech) -> None:
    contract.check_split_invariance(served, TEXT)
    contract.check_slot_isolation(served, TEXT)
    contract.check_release(served, TEXT)


def test_it_says_what_torch_says(served: IndexSpeech) -> None:
    one, other = contract.speak(served, TEXT, seed=4), contract.speak(speech(), TEXT, seed=4)
    assert one.values == other.values
    error = float(np.square(one.samples - other.samples).sum())
    assert 10 * np.log10(float(np.square(other.samples).sum()) / error) > 80


def test_it_is_told_which_runtime_runs(served: IndexSpeech) -> None:
    assert served.spec.runtime.startswith("ONNX Runtime ")
    assert "CPUExecutionProvider" in served.spec.runtime
    assert speech().spec.runtime.startswith("torch ")


def test_tensorrt_without_a_gpu_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a GPU"):
        serve(networks(light=True), OPTIONS, "tensorrt")


@pytest.mark.parametrize(("runtime", "provider"), [("onnx", "CUDAExec"), ("tensorrt", "TensorrtExec")])
def test_a_runtime_that_is_not_installed_is_named_with_what_to_install(runtime: str, provider: str) -> None:
    place, vocoder = Place(runtime, torch.device("cuda", 0)), networks(light=True).vocoder  # type: ignore[arg-type]
    sizes = {"rows": (1, 1, 2), "frames": (1, 2, 3)}
    with pytest.raises(ValueError, match=rf"{provider}.*oncue\[gpu\]"):
        Graph("vocode", vocoder, lambda g: graphs.vocode(g, vocoder), place, sizes)


def test_bfloat16_is_refused() -> None:
    gpt = GPT(networks(light=True).gpt.config).bfloat16()
    with pytest.raises(ValueError, match="float32 or float16"):
        serve(replace(networks(light=True), gpt=gpt), OPTIONS, "onnx")


def test_tensorrt_is_told_every_open_axis_of_every_input(tmp_path: Path) -> None:
    flow = networks(light=True).flow.estimator
    model, _ = graphs.build("estimate", flow, lambda g: graphs.estimate(g, flow))
    sizes = {"rows": (1, 2, 4), "frames": (1, 50, 90), "frames_2": (5, 54, 94)}
    profile = _profile(model, sizes)
    named = [shape.split(":")[0] for shape in profile["trt_profile_max_shapes"].split(",")]
    assert named == [each.name for each in model.graph.input]
    assert "x:4x90x80" in profile["trt_profile_max_shapes"]
    assert "near_2:1x5" in profile["trt_profile_min_shapes"]
    asked = Place("tensorrt", torch.device("cuda", 1), tmp_path).providers(profile, half=True)
    assert [each if isinstance(each, str) else each[0] for each in asked] == [
        "TensorrtExecutionProvider",
        "CUDAExecutionProvider",
        "CPUExecutionProvider",
    ]
    assert asked[0][1]["device_id"] == 1
    assert asked[0][1]["trt_engine_cache_path"] == str(tmp_path)
