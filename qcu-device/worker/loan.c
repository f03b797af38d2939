/* SPDX-License-Identifier: MIT */
#include "qcu-device/worker/handle.h"
#include "qcu-device/worker/loan.h"

bool loan_name(struct loan *loan, enum handle_kind kind, void *object, uint64_t owner,
	       uint64_t *name)
{
	*name = object ? handle_name_of(kind, object) : 0;
	if (!object)
		return true;
	/* Another's name: it died with the driver's object, and this lies in its place. */
	if (*name && handle_owner(*name) != owner) {
		handle_drop(*name);
		*name = 0;
	}
	if (*name)
		return true;
	if (loan->used == loan->n || !handle_is_free(kind, loan->names[loan->used]) ||
	    !handle_put(loan->names[loan->used], object, owner))
		return false;
	*name = loan->names[loan->used++];
	return true;
}

bool loan_name_any(struct loan *loan, enum handle_kind kind, void *object, uint64_t owner,
		   uint64_t *name)
{
	*name = object ? handle_name_of(kind, object) : 0;
	return *name || loan_name(loan, kind, object, owner, name);
}
