/* SPDX-License-Identifier: MIT */
/*
 * decode_alloc.c - virtual registers become offsets in the frame
 *
 * PTX names a register for nearly every instruction; giving each 128 or 256 bytes of its own
 * would make a warp's registers larger than the caches.  Registers that are not alive at the
 * same time share a place: live ranges from a data-flow analysis over basic blocks, then a
 * linear scan.  Lanes that diverge do not disturb this: a lane's column holds what that
 * lane's own path through the code left there.
 */

#include "softgpu/decode.h"

#define WORD	64

/*
 * struct block - a basic block; @next and the targets of its last instruction follow it.  The sets
 * are of what it writes before it reads it, and what is alive at its beginning and at its end: read
 * there or later before it is written.
 */
struct block {
	uint32_t first, end;
	bool falls;
	uint64_t *def, *in, *out;
};

/**
 * struct live - where a register's value is needed, from the first instruction to the last
 * @next_first, @next_last: number of the next register of the bank with the same @first, @last
 * @block:	where it was seen, plus one; 0: nowhere yet
 * @bit:	in the sets; 0, which says nothing there: only one block knows it, and writes it first
 */
struct live {
	uint32_t first, last, next_first, next_last, place, block, bit;
};

/* struct chains - the registers of a bank whose ranges begin or end at an instruction, 0: none */
struct chains {
	uint32_t first, last;
};

/**
 * struct alloc
 * @base:	of each bank's registers in one numbering; @total of them
 * @crossing:	number of the register that has each of the @bits, from 1 on
 * @words:	of a set
 * @block_at:	of each instruction
 * @chains:	of each instruction, and one more
 */
struct alloc {
	struct decoder *d;
	uint32_t base[3], total, *crossing, bits, words;
	struct block *blocks;
	uint32_t block_count;
	uint32_t *block_at;
	uint64_t *sets;
	struct live *live;
	struct chains *chains;
	uint32_t *free_places, free_count;
};

static const uint32_t lane_array[3] = {
	[BANK_32] = LANES * 4, [BANK_64] = LANES * 8, [BANK_PRED] = 4,
};

static uint32_t number_of(const struct alloc *a, uint32_t code)
{
	return a->base[code & 3] + (code >> 2);
}

static bool ends_block(const struct insn *in)
{
	static const enum known_row rows[] = {
		ROW_BRA, ROW_BRA_IF, ROW_BRX, ROW_RET, ROW_EXIT, ROW_TRAP,
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (decode_is(in, rows[i]))
			return true;
	return false;
}

static bool falls_through(const struct insn *in)
{
	return !ends_block(in) || decode_is(in, ROW_BRA_IF);
}

static bool find_blocks(struct alloc *a)
{
	struct decoder *d = a->d;
	bool *leader = decode_scratch(d, d->count + (size_t)1, sizeof(*leader));
	uint32_t count = 0;

	a->block_at = decode_scratch(d, d->count + (size_t)1, sizeof(*a->block_at));
	if (!leader || !a->block_at)
		return false;
	leader[0] = true;
	for (uint32_t i = 0; i < d->label_count; i++)
		leader[d->labels[i].placed ? d->labels[i].position : 0] = true;
	for (uint32_t i = 0; i < d->count; i++) {
		if (!ends_block(&d->insns[i]))
			continue;
		leader[i + 1] = true;
		if (decode_is(&d->insns[i], ROW_BRA_IF) && d->insns[i].imm)	/* jump_around() */
			leader[d->insns[i].imm] = true;
	}
	for (uint32_t i = 0; i < d->count; i++)
		count += leader[i];
	a->blocks = decode_scratch(d, count + (size_t)1, sizeof(*a->blocks));
	if (!a->blocks)
		return false;
	for (uint32_t i = 0; i < d->count; i++) {
		if (leader[i])
			a->blocks[a->block_count++].first = i;
		a->block_at[i] = a->block_count - 1;
		a->blocks[a->block_count - 1].end = i + 1;
	}
	for (uint32_t b = 0; b < a->block_count; b++)
		a->blocks[b].falls = falls_through(&d->insns[a->blocks[b].end - 1]);
	a->block_at[d->count] = a->block_count - 1;
	return true;
}

static void set_bit(uint64_t *set, uint32_t n)
{
	set[n / WORD] |= 1ull << n % WORD;
}

static bool has_bit(const uint64_t *set, uint32_t n)
{
	return set[n / WORD] >> n % WORD & 1;
}

static void extend(struct live *live, uint32_t at)
{
	if (at < live->first)
		live->first = at;
	if (at > live->last)
		live->last = at;
}

/*
 * A source may end where a result begins: it is read before.  Results of one instruction are
 * apart, so each lives until the next, even if nobody reads it.
 */
static void note_access(struct alloc *a, uint32_t block, uint32_t i, uint32_t code, uint32_t role)
{
	uint32_t number = number_of(a, code);
	struct live *live = &a->live[number];

	extend(live, i);
	if (role & ROLE_DEF)
		extend(live, i + 1);
	if (!live->bit && (live->block ? live->block != block + 1 : role & ROLE_USE)) {
		live->bit = ++a->bits;
		a->crossing[a->bits] = number;
	}
	live->block = block + 1;
}

static void note_accesses(struct alloc *a)
{
	for (uint32_t i = 0; i < a->d->count; i++) {
		const struct insn *in = &a->d->insns[i];

		EACH_OPERAND(n, role, in)
			if ((role & ROLE_USE) && (in->o[n] & 3) != BANK_CONST)
				note_access(a, a->block_at[i], i, in->o[n], role);
		EACH_OPERAND(n, role, in)
			if (role == ROLE_DEF)
				note_access(a, a->block_at[i], i, in->o[n], role);
	}
}

static uint32_t bit_of(const struct alloc *a, uint32_t code)
{
	return (code & 3) == BANK_CONST ? 0 : a->live[number_of(a, code)].bit;
}

static void fill_sets(struct alloc *a, struct block *block)
{
	for (uint32_t i = block->first; i < block->end; i++) {
		const struct insn *in = &a->d->insns[i];

		EACH_OPERAND(n, role, in)
			if ((role & ROLE_USE) && !has_bit(block->def, bit_of(a, in->o[n])))
				set_bit(block->in, bit_of(a, in->o[n]));
		EACH_OPERAND(n, role, in)
			if (role == ROLE_DEF)
				set_bit(block->def, bit_of(a, in->o[n]));
	}
}

static bool make_sets(struct alloc *a)
{
	a->words = a->bits / WORD + 1;
	a->sets = decode_scratch(a->d, (size_t)a->block_count * 3 + 1, a->words * sizeof(uint64_t));
	if (!a->sets)
		return false;
	for (uint32_t b = 0; b < a->block_count; b++) {
		struct block *block = &a->blocks[b];

		block->def = a->sets + (size_t)b * 3 * a->words;
		block->in = block->def + a->words;
		block->out = block->in + a->words;
		fill_sets(a, block);
	}
	return true;
}

/* What is alive where @follower begins is so where @block ends; Return: more is alive where that begins */
static bool add_follower(struct alloc *a, struct block *block, uint32_t follower)
{
	const struct block *next = &a->blocks[follower];
	bool grew = false;

	for (uint32_t i = 0; i < a->words; i++) {
		uint64_t in = block->in[i] | (next->in[i] & ~block->def[i]);

		grew |= in != block->in[i];
		block->in[i] = in;
		block->out[i] |= next->in[i];
	}
	return grew;
}

/* Return: more is alive where block @b begins, because of what may run after it */
static bool add_followers(struct alloc *a, uint32_t b)
{
	struct decoder *d = a->d;
	struct block *block = &a->blocks[b];
	uint32_t last = block->end - 1;
	bool grew = false;

	if (block->falls && b + 1 < a->block_count)
		grew |= add_follower(a, block, b + 1);
	if (decode_is(&d->insns[last], ROW_BRA_IF) && d->insns[last].imm)
		grew |= add_follower(a, block, a->block_at[d->insns[last].imm]);
	/* Fixups are in the order of their instructions */
	for (uint32_t i = d->fixup_first[last]; i < d->fixup_count && d->fixups[i].insn == last; i++)
		if (d->labels[d->fixups[i].label].placed)
			grew |= add_follower(a, block, a->block_at[d->labels[d->fixups[i].label].position]);
	return grew;
}

static void find_alive(struct alloc *a)
{
	bool grew;

	do {
		grew = false;
		for (uint32_t b = a->block_count; b-- > 0;)
			grew |= add_followers(a, b);
	} while (grew);
}

/* The registers of @set, but those @seen before, are alive at instruction @at */
static void extend_unseen(struct alloc *a, const uint64_t *set, uint64_t *seen, uint32_t at)
{
	for (uint32_t w = 0; w < a->words; w++) {
		for (uint64_t bits = set[w] & ~seen[w]; bits; bits &= bits - 1)
			extend(&a->live[a->crossing[w * WORD + (uint32_t)__builtin_ctzll(bits)]], at);
		seen[w] |= set[w];
	}
}

/* A range reaches from the first place where its register is alive to the last, whatever is between */
static bool find_ranges(struct alloc *a)
{
	uint64_t *seen = decode_scratch(a->d, a->words, sizeof(*seen));
	uint64_t *seen_behind = decode_scratch(a->d, a->words, sizeof(*seen));

	if (!seen || !seen_behind)
		return false;
	for (uint32_t b = 0; b < a->block_count; b++) {
		extend_unseen(a, a->blocks[b].in, seen, a->blocks[b].first);
		extend_unseen(a, a->blocks[b].out, seen, a->blocks[b].end);
	}
	for (uint32_t b = a->block_count; b-- > 0;) {
		extend_unseen(a, a->blocks[b].out, seen_behind, a->blocks[b].end);
		extend_unseen(a, a->blocks[b].in, seen_behind, a->blocks[b].first);
	}
	return true;
}

/* Registers with a place of their own: the link register, and what is set once for a warp */
static uint32_t reserve(struct alloc *a, enum bank bank)
{
	struct function *f = a->d->function;
	uint32_t places = 0;

	if (bank == BANK_64 && a->d->link) {
		a->live[number_of(a, a->d->link)].place = places++;
		a->live[number_of(a, a->d->link)].first = UINT32_MAX;
	}
	for (unsigned i = 0; i < f->warp_count; i++) {
		struct live *live = &a->live[number_of(a, f->warp[i].o[0])];

		if ((f->warp[i].o[0] & 3) != bank)
			continue;
		live->place = places++;
		live->first = UINT32_MAX;
	}
	return places;
}

static void chain_ranges(struct alloc *a, struct live *live, uint32_t registers)
{
	memset(a->chains, 0, (a->d->count + (size_t)2) * sizeof(*a->chains));
	for (uint32_t n = registers; n-- > 1;) {
		struct chains *first, *last;

		if (live[n].first == UINT32_MAX)
			continue;
		first = &a->chains[live[n].first];
		/* It has its place for one instruction, even if nobody reads or writes it later */
		last = &a->chains[live[n].last > live[n].first ? live[n].last : live[n].first + 1];
		live[n].next_first = first->first;
		first->first = n;
		live[n].next_last = last->last;
		last->last = n;
	}
}

/* Return: places needed */
static uint32_t place_bank(struct alloc *a, enum bank bank)
{
	struct live *live = a->live + a->base[bank];
	uint32_t places = reserve(a, bank);

	chain_ranges(a, live, a->d->registers[bank]);
	a->free_count = 0;
	for (uint32_t i = 0; i <= a->d->count; i++) {
		/* A range may begin where another ends: sources are read before results are written */
		for (uint32_t n = a->chains[i].last; n; n = live[n].next_last)
			a->free_places[a->free_count++] = live[n].place;
		for (uint32_t n = a->chains[i].first; n; n = live[n].next_first)
			live[n].place = a->free_count ? a->free_places[--a->free_count] : places++;
	}
	return places;
}

static uint32_t offset_of(const struct alloc *a, uint32_t code)
{
	enum bank bank = (enum bank)(code & 3);

	return bank == BANK_CONST ? code :
	       a->live[number_of(a, code)].place * lane_array[bank] | bank;
}

static void rewrite(struct alloc *a)
{
	struct decoder *d = a->d;

	for (uint32_t i = 0; i < d->count; i++)
		EACH_OPERAND(n, role, &d->insns[i])
			d->insns[i].o[n] = offset_of(a, d->insns[i].o[n]);
	for (unsigned i = 0; i < d->function->warp_count; i++)
		d->function->warp[i].o[0] = offset_of(a, d->function->warp[i].o[0]);
}

static void allocate(struct alloc *a)
{
	if (!find_blocks(a))
		return;
	a->crossing[0] = 0;	/* a register that nobody has */
	note_accesses(a);
	if (!make_sets(a))
		return;
	find_alive(a);
	if (!find_ranges(a))
		return;
	for (unsigned b = 0; b < 3; b++)
		a->d->function->frame.bank[b] = place_bank(a, (enum bank)b) * lane_array[b];
	rewrite(a);
}

void decode_allocate(struct decoder *d)
{
	struct alloc a = { .d = d };

	for (unsigned b = 0; b < 3; b++) {
		a.base[b] = a.total;
		a.total += d->registers[b];
	}
	a.live = decode_scratch(d, a.total, sizeof(*a.live));
	a.crossing = decode_scratch(d, a.total + (size_t)1, sizeof(*a.crossing));
	a.chains = decode_scratch(d, d->count + (size_t)2, sizeof(*a.chains));
	a.free_places = decode_scratch(d, a.total, sizeof(*a.free_places));
	if (!a.live || !a.crossing || !a.chains || !a.free_places)
		return;
	for (uint32_t i = 0; i < a.total; i++)
		a.live[i].first = UINT32_MAX;
	allocate(&a);
}
