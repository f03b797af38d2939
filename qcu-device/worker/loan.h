/* SPDX-License-Identifier: MIT */
/*
 * loan.h - names for objects that the driver made
 *
 * The guest names its objects, but a captured graph, a clone or a conditional node
 * comes with nodes and graphs that nobody named.  With a call that gives such
 * objects back the guest lends names; they are taken in order.
 */
#ifndef QCU_DEVICE_WORKER_LOAN_H
#define QCU_DEVICE_WORKER_LOAN_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/handle.h"

struct loan {
	const uint64_t *names;
	uint32_t n, used;
};

/**
 * loan_name() - the name of @object, of the loan if it has none; 0 for NULL
 * @owner: what the object belongs to, whoever named it
 *
 * Return: false if the guest has lent too few names, or such as it may not: broken
 * or hostile.
 */
bool loan_name(struct loan *loan, enum handle_kind kind, void *object, uint64_t owner,
	       uint64_t *name);

/** loan_name_any() - the same, for an object that may belong to something else than @owner */
bool loan_name_any(struct loan *loan, enum handle_kind kind, void *object, uint64_t owner,
		   uint64_t *name);

#endif
