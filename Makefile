# Two commands matter: `make demo` and `make test`. Everything they fetch stays in this checkout.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test test-long bench lint clean prerequisites

help:
	@echo "make demo       build, start the server, compute examples/nrg_x10.toml, draw it"
	@echo "make test       everything that is tested, the Python client included"
	@echo "make test-long  the long physics and fault tests, too"
	@echo "make bench      speed, against the plain way"
	@echo "make lint       formatters, lints, the pages from the code's comments"
	@echo "make clean      remove what was built and fetched"

demo: prerequisites
	scripts/demo.sh

test: prerequisites
	scripts/test.sh

test-long: prerequisites
	EDGESTATE_LONG=1 scripts/test.sh

bench: prerequisites
	cargo bench --locked

lint: prerequisites
	scripts/lint.sh

clean: prerequisites
	cargo clean
	rm -rf .venv .build demo-output

prerequisites:
	@scripts/check-prerequisites.sh
