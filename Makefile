# Two commands matter: `make demo` and `make test`. Everything they fetch stays in this checkout.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test test-long bench lint wheel clean prerequisites

help:
	@echo "make demo       build, start the server, compute examples/nrg_x10.toml, draw it"
	@echo "make test       everything that is tested, the Python client included"
	@echo "make test-long  the long physics and fault tests, too"
	@echo "make bench      speed, against the plain way"
	@echo "make lint       formatters, lints, the pages from the code's comments"
	@echo "make wheel      dist/edgestate-*.whl: client and server in one"
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

wheel: prerequisites
	scripts/wheel.sh

clean: prerequisites
	cargo clean
	rm -rf .venv .build demo-output dist

prerequisites:
	@scripts/check-prerequisites.sh
