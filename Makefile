# What one can do here. `make` alone tells.
scripts := deploy/local

.PHONY: help up down demo seed test test-k8s test-image bench-saga bench-traces supergraph lint clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## Install what is missing, build, start everything; Ctrl-C stops it (DETACH=1: return when ready, METRICS=1: with Prometheus, JAEGER=1: with Jaeger, ROUTER=hive: behind Hive Router)
	@METRICS=$(METRICS) $(scripts)/up.sh $(if $(DETACH),--detach)

down: ## Stop what make up started
	@$(scripts)/down.sh

demo: ## Play the whole story against the running stack
	@$(scripts)/demo.sh

seed: ## Publish a catalogue to play with: 200 excursions, 5,000 departures, in Russian and English
	@$(scripts)/seed.sh

test: ## Everything: lint, schemas, and all tests against a stack of their own
	@$(scripts)/test.sh

test-k8s: ## The chart on Kubernetes' API server, built by Go: install, upgrade, rollback, uninstall
	@tests/kubernetes/run.sh

test-image: ## The image, built from its Dockerfile by buildah, as root, and tried (no Docker, no registry needed)
	@tests/image/run.sh

bench-saga: ## Measure the orchestrator against the same bookings in SQL by hand
	@$(scripts)/bench-saga.sh

bench-traces: ## Measure what traces cost: bookings a second with none, a tenth and all of them
	@$(scripts)/bench-traces.sh

supergraph: ## Write the subgraph schemas and compose the supergraph
	@$(scripts)/supergraph.sh

lint: ## Formatting, clippy, dependencies, shell scripts
	@$(scripts)/lint.sh

clean: ## Stop everything and remove its data (.local)
	@$(scripts)/clean.sh
