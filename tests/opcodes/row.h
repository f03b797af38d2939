/* SPDX-License-Identifier: MIT */
/*
 * row.h - one instruction with random operands against C
 *
 * A row is an instruction, the registers of its operands, and its result as a function of a, b and c,
 * all of them 64 bits that hold the registers' bits.  Letters are as in softgpu/decode_alu.c: h w q
 * integers of 16, 32, 64 bits, f d floats, p a predicate.  An instruction that names %d is a whole
 * text, with operands %a, %b and %c.
 */
#ifndef TESTS_OPCODES_ROW_H
#define TESTS_OPCODES_ROW_H

#include "tests/opcodes/gpu.h"

struct row;

typedef uint64_t reference_fn(const struct row *row, uint64_t a, uint64_t b, uint64_t c);

/* Is @got as good as @expected for @operands?  Asked where the ISA leaves a choice */
typedef bool same_fn(const struct row *row, const uint64_t *operands, uint64_t got, uint64_t expected);

/**
 * struct row - an instruction to be checked
 * @same: NULL: the result must have the reference's bits
 * @how, @how_bytes: what @reference and @same want to know; row_check() copies it
 * @number: the place in a table, for a reference that is one switch
 */
struct row {
	const char *instruction, *signature;
	reference_fn *reference;
	same_fn *same;
	const void *how;
	size_t how_bytes;
	unsigned number;
};

/* row_check() - have @row checked, now or with those that follow, which run in one kernel */
void row_check(const struct row *row);

static inline void row_check_how(const char *instruction, const char *signature, reference_fn *reference,
				 same_fn *same, const void *how, size_t how_bytes)
{
	row_check(&(struct row){ instruction, signature, reference, same, how, how_bytes, 0 });
}

/* rows_end() - check what is left; the number of wrong instructions of all since the last rows_end() */
unsigned rows_end(const char *what);

/*
 * ROWS() - a function that checks the rows of a list such as
 *
 *	#define SUMS(X) X("add.u32", "w=ww", (uint32_t)(a + b)) X("add.u64", "q=qq", a + b)
 *	ROWS(check_sums, SUMS, NULL)
 */
#define ROWS(function, list, same)						\
	enum { function##_first = __COUNTER__ + 1 };				\
	static uint64_t function##_reference(const struct row *row, uint64_t a, uint64_t b,	\
					     uint64_t c)			\
	{									\
		enum { first = function##_first };				\
										\
		switch (row->number) {						\
		list(ROW_REFERENCE)						\
		}								\
		return 0;							\
	}									\
	static void function(void)						\
	{									\
		static const char *const texts[][2] = { list(ROW_TEXTS) };	\
										\
		for (unsigned i = 0; i < ARRAY_SIZE(texts); i++)		\
			row_check(&(struct row){ texts[i][0], texts[i][1],	\
				  function##_reference, same, .number = i });	\
	}

#define ROW_REFERENCE(op, sig, e)	case __COUNTER__ - first: return (uint64_t)(e);
#define ROW_TEXTS(op, sig, e)		{ op, sig },

#endif /* TESTS_OPCODES_ROW_H */
