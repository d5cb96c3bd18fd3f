# Every verb makes .venv first if it is missing; nothing else needs to be set up.
PYTHON ?= python3
PY := .venv/bin/python
REPORT_VOICES := mei,lin,bo,max,juno,otto
STAMP := .venv/.installed

.PHONY: demo test serve train report style types bench clean

demo: $(STAMP)
	$(PY) -m oncue.server.cli demo

test: $(STAMP) style types
	$(PY) -m pytest

serve: $(STAMP)
	$(PY) -m oncue.server.cli serve

# Training ends by measuring what came out, into the model card.
train: $(STAMP)
	$(PY) -m oncue.model.training.train
	$(MAKE) report

report: $(STAMP)
	$(PY) -m oncue.model.training.evaluate.report lines runs/report/lines.txt
	$(PY) -m oncue.server.cli render runs/report/lines.txt -o runs/report --ratios free,0.75,0.9,1.1,1.25 --voices $(REPORT_VOICES)
	$(PY) -m oncue.model.training.evaluate.report judge runs/report --judge runs/judge.pt --card docs/model_card.md
	$(PY) -m oncue.model.training.evaluate.ownlength --card docs/model_card.md
	$(PY) -m oncue.model.training.evaluate.cloning --corpus runs/corpus --witness runs/witness.pt --card docs/model_card.md
	$(PY) -m oncue.model.training.evaluate.probes --corpus runs/corpus --speakers runs/speakers.pt --emotions runs/emotions.pt \
		--plain-speakers runs/plain-speakers.pt --plain-emotions runs/plain-emotions.pt --card docs/model_card.md
	$(PY) -m oncue.model.training.evaluate.resynthesis --corpus runs/corpus --codec runs/codec.pt --vectors runs/vectors.npy --card docs/model_card.md
	$(PY) -m oncue.model.training.evaluate.spectrograms runs/report --codec runs/codec.pt --speakers runs/speakers.pt --out docs/model_card/spectrograms.png

bench: $(STAMP)
	$(PY) -m oncue.server.cli bench --sessions 4

style: $(STAMP)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(STAMP)
	$(PY) -m mypy

# -e keeps the source tree the installed one; the stamp makes a second run free. What is never imported need not be
# compiled: that is most of what comes with torch and transformers, and minutes on a small machine.
$(STAMP): pyproject.toml
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --no-compile -e '.[test,train,demo]'
	touch $@

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
