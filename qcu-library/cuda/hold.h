/* SPDX-License-Identifier: MIT */
/*
 * hold.h - what must live as long as a graph
 *
 * DOC: Theory of operation
 *
 * A graph names things that are not its own: pages of the program that its copies
 * read and write when it runs, and user objects.  Each is a hold with a count; a
 * graph has a list of them, a clone or an executable a copy of the list.
 *
 * The list of a graph that dies is not worked off on the spot, for a graph may die
 * with another and locks may be held: it is buried, and holds_sweep() releases
 * what is buried, once nothing runs that may use it.
 */
#ifndef QCU_LIBRARY_HOLD_H
#define QCU_LIBRARY_HOLD_H

#include "qcu-library/cuda/api.h"
#include "qcu-library/cuda/pins.h"

/**
 * struct hold - something with a count
 * @count: under hold.c's lock
 * @release: called once, when nobody holds it any more; no lock is held
 */
struct hold {
	uint64_t count;
	void (*release)(struct hold *hold);
};

void hold_get(struct hold *hold, uint64_t count);
void hold_put(struct hold *hold, uint64_t count);

/** hold_pages() - share [@start, @start + @bytes) with the host; one count is the caller's */
CUresult hold_pages(uint64_t start, uint64_t bytes, struct pinned *pinned, struct hold **hold);

/** struct holds - a list; zero is empty.  Guarded by whoever has it. */
struct held {
	struct hold *hold;
	uint64_t count;
};

struct holds {
	struct held *items;
	size_t n, room;
};

/** holds_add() - the list takes over @count counts that the caller has */
CUresult holds_add(struct holds *holds, struct hold *hold, uint64_t count);

/** holds_take() - the caller takes over @count counts; false if the list has fewer */
bool holds_take(struct holds *holds, struct hold *hold, uint64_t count);

/** holds_copy() - @to gets counts of its own for all that @from has */
CUresult holds_copy(struct holds *to, const struct holds *from);

/** holds_clear() - put all; no lock may be held */
void holds_clear(struct holds *holds);

/** holds_bury() - to be cleared by holds_sweep(), which first waits for the GPU if @in_use */
void holds_bury(struct holds *holds, bool in_use);
void holds_sweep(void);

#endif
