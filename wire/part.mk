# SPDX-License-Identifier: MIT
# The wire contract, compiled into guest, host and tests.
wire.c := wire/ring.c wire/calls.c wire/codec.c wire/digest.c wire/trace.c
