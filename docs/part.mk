# SPDX-License-Identifier: MIT
.PHONY: docs
docs: ## print docs/calls.md, the calls that work
	docs/calls wire/calls.def >docs/calls.md
