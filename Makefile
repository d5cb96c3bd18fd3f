# Every verb makes .venv first if it is missing; nothing else needs to be set up.
PYTHON ?= python3
PY := .venv/bin/python
REPORT_VOICES := ada,ray,max,juno,otto,kit,mei,lin,bo,yun,shan,dou
STAMP := .venv/.installed
TESTED := .venv/.tested

.PHONY: demo test serve train report style types bench fuzz fuzz-text fuzz-api faults crowd soak clean

demo: $(STAMP)
	$(PY) -m oncue.server.cli demo

test: $(TESTED) style types
	$(PY) -m pytest

serve: $(STAMP)
	$(PY) -m oncue.server.cli serve

# Makes its own speech first (see the extra `train`), says how long it takes, and goes on where it was stopped.
train: $(STAMP) runs/teacher/voices
	$(PY) -m pip install --quiet --no-compile -e '.[train]'
	$(PY) -m pip install --quiet --no-compile --no-deps resemblyzer # its weights alone; the package wants a compiler
	$(PY) -m oncue.model.training.train
	$(MAKE) report

# The teacher's stock voices.
runs/teacher/voices:
	mkdir -p runs/teacher
	cd runs/teacher && npm pack --silent kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz package/voices && mv package/voices voices

# Ears that learned from people hear what `oncue render` speaks, and the teacher beside it.
report: $(STAMP) runs/teacher/voices
	$(PY) -m pip install --quiet --no-compile -e '.[train,judge]'
	test -e runs/teacher/graphs || $(PY) -m oncue.model.training.data.kokoro runs/teacher/graphs
	$(PY) -m oncue.model.training.evaluate.report lines runs/report/lines.txt
	$(PY) -m oncue.server.cli render runs/report/lines.txt -o runs/report --ratios free,0.75,0.9,1.1,1.25 --voices $(REPORT_VOICES)
	test -e runs/report/teacher/index.json || $(PY) -m oncue.model.training.evaluate.report teacher runs/report/teacher --teacher runs/teacher
	$(PY) -m oncue.model.training.evaluate.report judge runs/report --teacher runs/report/teacher --card docs/model_card.md
	$(PY) -m oncue.model.training.evaluate.pauses lines runs/report/pauses.txt
	$(PY) -m oncue.server.cli render runs/report/pauses.txt -o runs/report/pauses --voices $(REPORT_VOICES)
	$(PY) -m oncue.model.training.evaluate.pauses measure runs/report/pauses
	$(PY) -m oncue.model.training.evaluate.likeness clips runs/report/clips --teacher runs/teacher
	test -e runs/listener.npz || $(PY) -m oncue.model.training.evaluate.likeness fit runs/listener.npz --corpus runs/corpus
	$(PY) -m tests.benches.cloning runs/report/clones --clips runs/report/clips
	test -e runs/witness.npz || $(PY) -m oncue.model.training.evaluate.witness fit runs/witness.npz --corpus runs/corpus
	$(PY) -m oncue.model.training.evaluate.likeness judge runs/report/clones --clips runs/report/clips --listener runs/listener.npz --witness runs/witness.npz --card docs/model_card.md
	$(PY) -m oncue.model.training.evaluate.spectrograms clones docs/clones.png runs/report/clones --clips runs/report/clips
	$(PY) -m oncue.model.training.evaluate.spectrograms lines docs/spectrograms.png --corpus runs/corpus --codec runs/vocoder.pt --voices runs/voices.npz
	$(PY) -m oncue.model.training.evaluate.resynthesis --corpus runs/corpus --codec runs/vocoder.pt --voices runs/voices.npz --card docs/model_card.md
	test -e runs/without.pt || $(PY) -m oncue.model.training.stages.emotions --corpus runs/corpus --out runs/without.pt --minutes 3 --reversal 0
	$(PY) -m oncue.model.training.evaluate.probes --corpus runs/corpus --emotions runs/emotions.pt --without runs/without.pt --voices runs/voices.npz --card docs/model_card.md

bench: $(STAMP)
	$(PY) -m oncue.server.cli bench --sessions 4

# Any bytes where frames are expected, any name where a voice's is; the suite does a few of each. FRAMES and NAMES say how many.
FRAMES ?= 1000000
NAMES ?= 100000
fuzz: $(TESTED)
	$(PY) -m tests.fuzz.wire $(FRAMES)
	$(PY) -m tests.fuzz.voice_names $(NAMES)

# Requests by chance from the OpenAPI document; the program that makes them up has an environment of its own.
EXAMPLES ?= 300
fuzz-api: $(TESTED)
	test -x .venv-fuzz/bin/schemathesis || $(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/python -m pip install --quiet --no-compile 'schemathesis>=4.32,<5'
	$(PY) -m tests.fuzz.api .venv-fuzz/bin/schemathesis $(EXAMPLES)

# Long checks: each line of the table of faults, a thousand sessions, and memory over MINUTES. The leaky family must be caught.
MINUTES ?= 420
faults: $(TESTED)
	$(PY) -m tests.faults.table
crowd: $(TESTED)
	$(PY) -m tests.soak.crowd
soak: $(TESTED)
	$(PY) -m tests.soak.soak $(MINUTES)
	! $(PY) -m tests.soak.soak 10 --family tests.soak.leaky:Leaky

# A hundred thousand texts that nobody would write; minutes on one core.
fuzz-text: $(TESTED)
	$(PY) -m tests.model.text.laws 100000

style: $(TESTED)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(TESTED)
	$(PY) -m mypy

# -e keeps the source tree the installed one; the stamps make a second run free. What serves needs no torch; the tests do.
# What is never imported need not be compiled: that is most of what comes with torch and transformers, and minutes on a
# small machine.
$(STAMP): pyproject.toml
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --no-compile -e '.[demo]'
	touch $@

$(TESTED): $(STAMP)
	$(PY) -m pip install --quiet --no-compile -e '.[test,demo]'
	touch $@

clean:
	rm -rf .venv .venv-fuzz build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
