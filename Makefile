# All commands make .venv and install what they need; a second run installs nothing.
PYTHON ?= python3
BIN := .venv/bin
FRONT := _build/html/index.html

.PHONY: book pdf links test lab test-book run bench lint clean homework release grade feedback marks test-homework slides doctor
# Two processes; all cells of a notebook, all tests of a page in one of them.
TWO = --numprocesses=2 --dist=loadscope
PIP = $(BIN)/python -m pip install --constraint constraints.txt
HOMEWORK = $(BIN)/python -m grading $@ $(if $(CHAPTER),--chapter=$(CHAPTER))

book: .venv/course.done  ## build the book and print where it is
	rm -rf _build/html
	$(BIN)/jupyter-book build --all -W --keep-going .
	@echo "The book is at file://$(CURDIR)/$(FRONT)"

pdf: .venv/tests.done  ## print the whole book into _build/pdf; needs Chromium. `make book` then ships it
	$(BIN)/python -m book.pdf

links: .venv/course.done  ## visit every link that leads out of the book; needs the network
	$(BIN)/python -m book.links $(if $(LIST),--list)

test: .venv/tests.done  ## run every notebook and every test
	$(BIN)/pytest $(TWO)

lab: .venv/course.done  ## open the lessons and the homework in JupyterLab; LAB=... for its own options
	$(BIN)/python -m book.lab $(LAB)

test-book: .venv/tests.done  ## test the built book in a real browser; needs Chromium
	$(BIN)/pytest $(TWO) tests/pages book/figures/*_in_browser.py book/figures/*/*_in_browser.py

homework: .venv/teach.done  ## make the students' notebooks; with CHECK=1 only compare
	@$(HOMEWORK) $(if $(CHECK),--check)

release: .venv/teach.done  ## make the zip for students: CHAPTER=...
	@$(HOMEWORK)

grade: .venv/teach.done  ## grade submitted/: CHAPTER=... and, if wanted, FROM=... DUE=... JOBS=... AGAIN=1
	@$(HOMEWORK) $(if $(FROM),--from="$(FROM)") $(if $(DUE),--due="$(DUE)") $(if $(JOBS),--jobs=$(JOBS)) \
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

bench: .venv/tests.done  ## compare the speed of src with other libraries, and write the page of it
	$(PIP) --quiet --editable ".[bench]"
	$(BIN)/python -m benchmarks.positions
	$(BIN)/python -m benchmarks.skipgram
	$(BIN)/python -m benchmarks.page

lint: .venv/tests.done  ## check style and spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

doctor:  ## say what is wrong with the installation and how to mend it
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m doctor; else $(PYTHON) -m doctor; fi

clean:  ## remove what the other commands made
	rm -rf .venv _build

.venv/course.done: requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
		  "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) --requirement requirements.txt
	@touch $@

.venv/tests.done: .venv/course.done
	$(PIP) --requirement requirements.txt --editable ".[test]"
	@touch $@

.venv/teach.done: .venv/course.done
	$(PIP) --requirement requirements.txt --editable ".[teach]"
	@touch $@
