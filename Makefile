# All commands make .venv and install what they need; a second run installs nothing.
PYTHON ?= python3
BIN := .venv/bin
FRONT := _build/html/index.html

.PHONY: gradescope github variant book pdf links test lab test-book run bench lint clean homework release grade feedback marks test-homework slides doctor constraints broken
# Two processes; all cells of a notebook, all tests of a page in one of them.
TWO = --numprocesses=2 --dist=loadscope
NEW = import sys; sys.exit(sys.version_info < (3, 11))
PIP = $(BIN)/python -m pip install --constraint constraints.txt
# deptry reads the packages of one kind of file: the extras as lines of requirements.
EXTRAS = import tomllib; extras = tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']; \
	print(*sum(extras.values(), []), sep='\n')
# PyTorch's usual build for Linux pins these itself, and they change with the card, not the course.
CARDS = ^(nvidia-|cuda-|triton)
HOMEWORK = $(BIN)/python -m grading $@ $(if $(CHAPTER),--chapter=$(CHAPTER)) $(if $(SEED),--seed="$(SEED)")

book: .venv/course.done  ## build the book and print where it is
	rm -rf _build/html
	$(BIN)/jupyter-book build --all -W --keep-going .
	@echo "The book is at file://$(CURDIR)/$(FRONT)"

pdf: .venv/tests.done  ## print the whole book into _build/pdf; needs Chromium. `make book` then ships it
	$(BIN)/python -m book.pdf

links: .venv/course.done  ## visit every link that leads out of the book; needs the network
	$(BIN)/jupyter-book build --all --builder=linkcheck --path-output=_build/links .

test: .venv/tests.done  ## run every notebook and every test
	$(BIN)/pytest $(TWO)

lab: .venv/course.done  ## open the lessons and the homework in JupyterLab; LAB=... for its own options
	$(BIN)/python -m book.lab $(LAB)

test-book: .venv/tests.done  ## test the built book in real browsers; needs Chromium, Firefox, WebKit and Xvfb
	$(BIN)/pytest $(TWO) tests/pages book/figures/*_in_browser.py book/figures/*/*_in_browser.py

homework: .venv/teach.done  ## make the students' notebooks; with CHECK=1 only compare
	@$(HOMEWORK) $(if $(CHECK),--check)

release: .venv/teach.done  ## make the zip for students: CHAPTER=...
	@$(HOMEWORK)

gradescope: .venv/teach.done  ## make the zip that Gradescope takes as an autograder: CHAPTER=...
	@$(HOMEWORK)

github: .venv/teach.done  ## make a template repository for students on GitHub: CHAPTER=...
	@$(HOMEWORK)

variant: .venv/teach.done  ## make a private edition: SEED="..."; then add the same SEED to the other commands
	@$(HOMEWORK)

grade: .venv/teach.done  ## grade submitted/: CHAPTER=... and, if wanted, FROM=... DUE=... ZONE=... JOBS=... AGAIN=1
	@$(HOMEWORK) $(if $(FROM),--from="$(FROM)") $(if $(DUE),--due="$(DUE)") $(if $(ZONE),--zone="$(ZONE)") $(if $(JOBS),--jobs=$(JOBS)) \
		$(if $(AGAIN),--again) $(if $(UNPROTECTED),--unprotected)

feedback: .venv/teach.done  ## write a page of feedback for each student: CHAPTER=...
	@$(HOMEWORK)

marks: .venv/teach.done  ## write the tables of marks, also for Canvas and Moodle: CHAPTER=...
	@$(HOMEWORK)

test-homework: .venv/tests.done .venv/teach.done  ## test the homework and its grading
	$(BIN)/pytest $(TWO) tests/grading

slides: .venv/course.done  ## make slides of each chapter from its lessons, in _build/slides
	$(BIN)/python -m book.slides $(CHAPTER)

run: .venv/course.done  ## run all notebooks, or NOTEBOOKS=..., anew and store their outputs
	$(BIN)/python -m book.run_notebooks $(NOTEBOOKS)

bench: .venv/tests.done  ## compare src with other libraries, search and pages with others; after `make book`
	$(PIP) --quiet --editable ".[bench]"
	$(BIN)/python -m benchmarks.positions
	$(BIN)/python -m benchmarks.skipgram
	$(BIN)/python -m benchmarks.language_model
	$(BIN)/python -m benchmarks.exact_search
	$(BIN)/python -m benchmarks.search
	$(BIN)/python -m benchmarks.phone
	$(BIN)/python -m benchmarks.page

lint: .venv/tests.done  ## check style, spelling, unsafe loading, dependencies and workflows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/deptry src
	$(BIN)/deptry chapters --config=.deptry.toml --ignore=DEP002
	@mkdir -p _build && $(BIN)/python -c "$(EXTRAS)" > _build/extras.txt
	$(BIN)/deptry . --config=.deptry.toml --requirements-files=requirements.txt,_build/extras.txt --exclude='_build|[.]venv'
	$(BIN)/zizmor --offline --quiet .github grading/platforms/github

constraints: .venv/tests.done  ## pin what the packages bring along; UPGRADE=1 takes newer versions
	$(BIN)/uv pip compile --quiet --universal --python-version=3.11 --all-extras $(if $(UPGRADE),--upgrade) \
		--no-emit-package=what-and-where --no-annotate --no-emit-index-url --custom-compile-command="make constraints" \
		requirements.txt pyproject.toml --output-file=constraints.txt
	@grep -vE '$(CARDS)' constraints.txt > .venv/constraints.txt && mv .venv/constraints.txt constraints.txt

doctor:  ## say what is wrong with the installation and how to mend it
	@$(PYTHON) -m doctor

clean:  ## remove what the other commands made
	rm -rf .venv _build

# A .venv whose Python is gone or old, or whose commands belong to another folder, is made anew.
MADE_BY = grep -s '^command = ' .venv/pyvenv.cfg
SOUND := $(shell { ! $(MADE_BY) || $(MADE_BY) | grep -F " $(CURDIR)/.venv"; } > /dev/null && \
	$(BIN)/python -c "$(NEW)" 2> /dev/null && echo yes)

.venv/course.done: requirements.txt constraints.txt pyproject.toml $(if $(SOUND),,broken)
ifneq ($(SOUND),yes)
	@$(PYTHON) -c "$(NEW)" || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
		  "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv --clear .venv
endif
	$(PIP) --requirement requirements.txt
	@$(BIN)/python -m src.smollm2 || echo "Go on without the language model: only its lessons need it."
	@touch $@

.venv/tests.done: .venv/course.done
	$(PIP) --requirement requirements.txt --editable ".[test]"
	@touch $@

.venv/teach.done: .venv/course.done
	$(PIP) --requirement requirements.txt --editable ".[teach]"
	@touch $@
