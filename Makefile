# Every target prepares what it needs; `make help` says what there is.
ENV    ?= local
PYTHON ?= python3
RUN    := .venv/bin/python -m connect_voice
export YES

.DEFAULT_GOAL := help
.PHONY: help setup bootstrap build plan policy brief comment apply rollback approve ledger snapshots unlock drift deploy destroy call doctor local-up local-down status test lint format lock audit docs bench clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/.ready: requirements.txt local/requirements-lambda-runtime.txt pyproject.toml scripts/bootstrap.py
	@$(PYTHON) scripts/bootstrap.py

setup: .venv/.ready ## prepare the tools (every other target does this by itself)

bootstrap: .venv/.ready ## make what ENV needs before its first deploy: state bucket, key, pipeline roles
	@$(RUN) bootstrap $(ENV)

build: .venv/.ready ## build the Lambdas into dist/, as ENV wants them
	@$(RUN) build $(ENV)

plan: .venv/.ready ## seal what a deploy of ENV would change into a bundle; FROM=… for an earlier one's Lambdas and flows
	@$(RUN) plan $(ENV) $(if $(FROM),--from "$(FROM)") $(if $(filter no,$(REFRESH)),--no-refresh)

policy: .venv/.ready ## say what policy makes of a fresh plan of ENV, or of BUNDLE=…
	@$(RUN) policy $(or $(BUNDLE),$(ENV))

brief: .venv/.ready ## print what BUNDLE tells its reviewers
	@$(RUN) brief "$(BUNDLE)"

comment: .venv/.ready ## put the brief of BUNDLE on the pull request this pipeline runs for
	@$(RUN) comment "$(BUNDLE)"

apply: .venv/.ready ## apply BUNDLE, exactly as it was sealed
	@$(RUN) apply "$(BUNDLE)"

rollback: .venv/.ready ## deploy the Lambdas and flows of an earlier BUNDLE
	@$(RUN) rollback "$(BUNDLE)"

approve: .venv/.ready ## sign the change in BUNDLE with KEY, so that it may be applied once
	@$(RUN) approve "$(BUNDLE)" $(if $(KEY),--key "$(KEY)")

ledger: .venv/.ready ## say who did what to ENV; VERIFY=1 says whether the ledger is what it was
	@$(RUN) ledger $(ENV) $(if $(VERIFY),--verify)

snapshots: .venv/.ready ## list the copies of ENV's state; RESTORE=… goes back to one
	@$(RUN) snapshots $(ENV) $(if $(RESTORE),--restore "$(RESTORE)")

unlock: .venv/.ready ## say whose lock or run is in the way in ENV, and clear it once it is dead; ID=…
	@$(RUN) unlock $(ENV) $(if $(ID),--id "$(ID)")

drift: .venv/.ready ## say what somebody changed in ENV outside Terraform; ISSUE=1 also has one issue that says so
	@$(RUN) drift $(ENV) $(if $(ISSUE),--issue)

deploy: .venv/.ready ## build, plan, apply and call; ENV=local (an embedded AWS) unless named
	@$(RUN) deploy $(ENV)

destroy: .venv/.ready ## remove everything ENV has; asks first, or takes YES=1
	@$(RUN) destroy $(ENV)

call: .venv/.ready ## place the scripted call NAME, or list them
	@$(RUN) call --env $(ENV) $(NAME)

doctor: .venv/.ready ## check tools, credentials and settings of ENV
	@$(RUN) doctor $(ENV)

local-up: .venv/.ready ## start the embedded AWS and nothing else; PORT=… for a port of your choice
	@$(RUN) local up $(if $(PORT),--port $(PORT))

local-down: .venv/.ready ## stop the embedded AWS; what was deployed to it is gone
	@$(RUN) local down

status: .venv/.ready ## say what the embedded AWS is doing
	@$(RUN) local status

test: .venv/.ready ## run every check and test
	@.venv/bin/python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder

lint: .venv/.ready ## run only the static checks
	@.venv/bin/python -m pytest tests/house

format: .venv/.ready ## format Python and Terraform
	@.venv/bin/ruff check --fix-only --quiet . && .venv/bin/ruff format . && terraform fmt -recursive terraform

lock: .venv/.ready ## refresh every lock file; CHECK=1 only says whether they are stale
	@$(RUN) lock $(if $(CHECK),--check)

audit: .venv/.ready ## look for known vulnerabilities in every lock; DATABASE=… for a file instead of osv.dev
	@$(RUN) audit $(if $(DATABASE),--database "$(DATABASE)")

docs: .venv/.ready ## write what in docs/ is made from the code: commands, rules, pictures
	@$(RUN) docs

bench: .venv/.ready ## measure, as ratios against peers in the same run; PART=commands, plans, lambdas, builds, flows or policy
	@.venv/bin/python tests/bench/bench.py $(PART)

clean: ## remove what was made here, environments and caches included
	@test ! -x .venv/bin/python || $(RUN) local down --quiet
	@rm -rf .venv .venv-lambda .venv-policy .local .cache dist
