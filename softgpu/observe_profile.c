/* SPDX-License-Identifier: MIT */
/*
 * observe_profile.c - what a launch did, instruction by instruction
 *
 * Counts are of PTX instructions, although one may have become several decoded ones, or none
 * (decode_hoist.c): it ran as often as its first decoded one, or as its neighbour that it
 * cannot be without.
 *
 * What decoding took is said once for each kernel, beside the instructions of the kernel and all
 * that it calls; a module is parsed and linked as a whole, when it is loaded.
 */

#include <stdlib.h>
#include <time.h>

#include "softgpu/decode.h"
#include "softgpu/log.h"
#include "softgpu/observe.h"

#define SECTOR		32	/* bytes of global memory that are moved together */
#define BANK_COUNT	32	/* of shared memory, four bytes wide */
#define LINES		12	/* of the listing */

uint64_t profile_ticks(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

uint64_t profile_own_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void add(uint64_t *to, uint64_t n)
{
	__atomic_fetch_add(to, n, __ATOMIC_RELAXED);
}

/* Different ones among @count numbers */
static unsigned distinct(const uint64_t *numbers, unsigned count)
{
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++) {
		unsigned k = 0;

		while (k < i && numbers[k] != numbers[i])
			k++;
		n += k == i;
	}
	return n;
}

/* The 32-byte sectors that the lanes touch */
static unsigned sectors(const struct warp *w, const struct insn *in, const struct access *access,
			uint32_t mask)
{
	uint64_t numbers[LANES * 3];
	unsigned count = 0;

	EACH_ACTIVE(i, mask) {
		uint64_t first = access_address(w, in, access, i);
		uint64_t last = (first + access->bytes - 1) / SECTOR;

		for (uint64_t at = first / SECTOR; at <= last && count < LANES * 3; at++)
			numbers[count++] = at;
	}
	return distinct(numbers, count);
}

/* struct bank_use - the different words of one bank that the lanes touch; a lane touches one at most */
struct bank_use {
	uint64_t words[LANES];
	unsigned count;
};

static unsigned touch(struct bank_use *bank, uint64_t word)
{
	for (unsigned i = 0; i < bank->count; i++)
		if (bank->words[i] == word)
			return bank->count;
	bank->words[bank->count++] = word;
	return bank->count;
}

/* The most different words that lie in one bank */
static unsigned wavefronts(const struct warp *w, const struct insn *in,
			   const struct access *access, uint32_t mask)
{
	struct bank_use banks[BANK_COUNT];
	unsigned most = 1;

	for (unsigned i = 0; i < BANK_COUNT; i++)
		banks[i].count = 0;
	EACH_ACTIVE(i, mask) {
		uint64_t offset;

		if (!access_shared(w, in, access, i, &offset))
			continue;
		for (uint64_t at = offset / 4; at <= (offset + access->bytes - 1) / 4; at++) {
			unsigned n = touch(&banks[at % BANK_COUNT], at);

			most = n > most ? n : most;
		}
	}
	return most;
}

void profile_count(const struct warp *w, const struct insn *in, const struct access *access,
		   struct tally *tally, uint32_t mask)
{
	uint64_t offset;

	add(&tally->runs, 1);
	add(&tally->lanes, (uint64_t)__builtin_popcount(mask));
	mask = access_lanes(access, mask);
	if (!mask || access->kind == ACCESS_NONE || access->kind > ACCESS_ATOMIC || access->space == SPACE_LOCAL)
		return;
	if (access_shared(w, in, access, (unsigned)__builtin_ctz(mask), &offset))
		add(&tally->wavefronts, wavefronts(w, in, access, mask));
	else
		add(&tally->sectors, sectors(w, in, access, mask));
}

/* ---- from decoded instructions back to PTX ---- */

/* struct line - a PTX instruction of a function */
struct line {
	const struct ptx_instr *source;
	struct tally tally;
	bool known;
};

/* What the decoded instructions of @line did; @at is where to begin to look, and moves on */
static void collect(const struct watched *f, struct line *line, unsigned *at)
{
	const struct function *function = f->function;
	unsigned i = *at;

	while (i < function->count && function->source[i] != line->source)
		i++;
	if (i == function->count)
		return;
	line->known = true;
	line->tally = f->tallies[i];
	for (i++; i < function->count && function->source[i] == line->source; i++) {
		line->tally.sectors += f->tallies[i].sectors;
		line->tally.wavefronts += f->tallies[i].wavefronts;
		line->tally.ticks += f->tallies[i].ticks;
	}
	*at = i;
}

static bool ends_block(const struct ptx_statement *s)
{
	const char *op = s->kind == STATEMENT_INSTR ? s->instr->opcode->name : "";

	return s->kind == STATEMENT_LABEL || !strcmp(op, "bra") || !strcmp(op, "brx");
}

/* Those from @from to @to are one straight piece: what has no count has its neighbour's */
static void spread(struct line *lines, unsigned from, unsigned to)
{
	const struct line *neighbour = NULL;

	for (unsigned i = from; i < to && !neighbour; i++)
		if (lines[i].known)
			neighbour = &lines[i];
	for (unsigned i = from; i < to && neighbour; i++) {
		if (lines[i].known) {
			neighbour = &lines[i];
			continue;
		}
		lines[i].tally.runs = neighbour->tally.runs;
		lines[i].tally.lanes = neighbour->tally.lanes;
	}
}

static const struct ptx_function *text_of(const struct kernel *kernel,
					  const struct function *function)
{
	for (unsigned i = 0; i < kernel->program->function_count; i++)
		if (kernel->functions[i] == function)
			return kernel->program->functions[i]->function;
	return NULL;
}

static unsigned instructions_of(const struct ptx_function *text)
{
	unsigned count = 0;

	for (const struct ptx_statement *s = text->body; s; s = s->next)
		count += s->kind == STATEMENT_INSTR;
	return count;
}

/* All PTX instructions of @f, to be freed; NULL: no memory */
static struct line *lines_of(const struct job *job, const struct watched *f, unsigned *count)
{
	const struct ptx_function *text = text_of(job->launch->kernel, f->function);
	unsigned at = 0, from = 0;
	struct line *lines;

	*count = 0;
	lines = calloc(text ? instructions_of(text) + 1 : 1, sizeof(*lines));
	if (!lines)
		return NULL;
	for (const struct ptx_statement *s = text ? text->body : NULL; s; s = s->next) {
		if (s->kind == STATEMENT_INSTR) {
			lines[*count].source = s->instr;
			collect(f, &lines[(*count)++], &at);
		}
		if (ends_block(s)) {
			spread(lines, from, *count);
			from = *count;
		}
	}
	spread(lines, from, *count);
	return lines;
}

void profile_sum(const struct observer *observer, struct launch_totals *totals)
{
	memset(totals, 0, sizeof(*totals));
	for (const struct watched *f = observer->functions; f; f = f->next) {
		unsigned count;
		struct line *lines = lines_of(observer->job, f, &count);

		for (unsigned i = 0; lines && i < count; i++) {
			totals->instructions += lines[i].tally.runs;
			totals->lanes += lines[i].tally.lanes;
			totals->sectors += lines[i].tally.sectors;
			totals->wavefronts += lines[i].tally.wavefronts;
		}
		free(lines);
	}
}

/* ---- the report ---- */

void profile_decoded(const struct kernel *kernel, uint64_t ns)
{
	const struct program *program = kernel->program;
	unsigned instructions = 0;

	for (unsigned i = 0; i < program->function_count; i++)
		if (kernel->functions[i])
			instructions += instructions_of(program->functions[i]->function);
	log_error("kernel %s: %u instructions of PTX, parsed in %.3f ms (its module, %u kernel%s), "
		  "decoded in %.3f ms", kernel->definition->name, instructions,
		  (double)program->parse_ns / 1e6, program->kernel_count,
		  program->kernel_count == 1 ? "" : "s", (double)ns / 1e6);
}

static int by_ticks(const void *x, const void *y)
{
	const struct line *a = x, *b = y;

	return a->tally.ticks < b->tally.ticks ? 1 : a->tally.ticks > b->tally.ticks ? -1 : 0;
}

/* The costliest instructions of a function */
static void report_lines(const struct job *job, const struct watched *f)
{
	unsigned count;
	struct line *lines = lines_of(job, f, &count);
	uint64_t all = 0;
	char text[OBSERVE_TEXT];

	for (unsigned i = 0; lines && i < count; i++)
		all += lines[i].tally.ticks;
	if (lines)
		qsort(lines, count, sizeof(*lines), by_ticks);
	for (unsigned i = 0; lines && i < count && i < LINES && lines[i].tally.ticks; i++) {
		const struct tally *t = &lines[i].tally;

		log_error("  %5.1f %% of %s: %llu runs, %.1f lanes, %llu sectors, %llu wavefronts, %s",
			  100.0 * (double)t->ticks / (double)all, f->function->name,
			  (unsigned long long)t->runs,
			  t->runs ? (double)t->lanes / (double)t->runs : 0.0,
			  (unsigned long long)t->sectors, (unsigned long long)t->wavefronts,
			  observe_source(lines[i].source, text));
	}
	free(lines);
}

void profile_report(struct observer *observer)
{
	const struct job *job = observer->job;
	struct launch_totals totals;

	profile_sum(observer, &totals);
	log_error("kernel %s: grid (%u,%u,%u) of (%u,%u,%u), %.3f ms watched, %llu instructions of "
		  "warps, %.1f of 32 lanes, %llu sectors of global memory, %llu wavefronts of shared "
		  "memory", job->entry->name, job->grid[0], job->grid[1], job->grid[2], job->block[0],
		  job->block[1], job->block[2], (double)observer->began_ns / 1e6,
		  (unsigned long long)totals.instructions,
		  totals.instructions ? (double)totals.lanes / (double)totals.instructions : 0.0,
		  (unsigned long long)totals.sectors, (unsigned long long)totals.wavefronts);
	for (const struct watched *f = observer->functions; f; f = f->next)
		if (observer->what & OBSERVE_LINES)
			report_lines(job, f);
}
