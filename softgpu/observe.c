/* SPDX-License-Identifier: MIT */
/*
 * observe.c - which instruction is what, and the loop that runs them
 *
 * A decoded instruction only has its handler; the row that the handler belongs to tells by its
 * name what it does: "ldv.shared.u32.w" loads in->count elements of 32 bits.
 */

#include <stdlib.h>
#include <time.h>

#include "softgpu/log.h"
#include "softgpu/observe.h"
#include "softgpu/report.h"

static unsigned wanted;

static void read_environment(void)
{
	const char *check = getenv("QCUDA_SOFTGPU_CHECK"), *profile = getenv("QCUDA_SOFTGPU_PROFILE");

	if (check && strstr(check, "race"))
		wanted |= OBSERVE_RACES;
	if (check && strstr(check, "init"))
		wanted |= OBSERVE_INIT;
	if (profile && *profile && strcmp(profile, "0"))
		wanted |= OBSERVE_PROFILE;
	if (profile && !strcmp(profile, "lines"))
		wanted |= OBSERVE_LINES;
}

unsigned observe_wanted(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, read_environment);
	return wanted;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct observer *observe_begin(const struct job *job)
{
	unsigned what = observe_wanted() | (job->launch->totals ? OBSERVE_PROFILE : 0);
	struct observer *observer = what ? calloc(1, sizeof(*observer)) : NULL;

	if (!observer)
		return NULL;
	observer->job = job;
	observer->what = what;
	observer->began_ns = now_ns();
	pthread_mutex_init(&observer->lock, NULL);
	return observer;
}

void observe_end(struct observer *observer)
{
	struct watched *f;

	if (!observer)
		return;
	if (observer->job->launch->totals)
		profile_sum(observer, observer->job->launch->totals);
	observer->began_ns = now_ns() - observer->began_ns;
	if (observe_wanted() & OBSERVE_PROFILE)
		profile_report(observer);
	while ((f = observer->functions)) {
		observer->functions = f->next;
		free(f->accesses);
		free(f->tallies);
		free(f);
	}
	pthread_mutex_destroy(&observer->lock);
	free(observer);
}

void observe_block(struct cta *cta)
{
	unsigned what = cta->job->observer->what;

	if (what & OBSERVE_INIT)
		init_block(cta);
	if (what & OBSERVE_RACES)
		race_block(cta);
}

bool observe_new(struct observer *observer, const char *kind, const struct ptx_instr *one,
		 const struct ptx_instr *other)
{
	const unsigned most = sizeof(observer->findings) / sizeof(observer->findings[0]);
	bool found = false;

	pthread_mutex_lock(&observer->lock);
	for (unsigned i = 0; i < observer->finding_count && !found; i++)
		found = observer->findings[i].kind == kind && observer->findings[i].one == one &&
			observer->findings[i].other == other;
	found |= observer->finding_count == most;
	if (!found)
		observer->findings[observer->finding_count++] = (struct finding) { kind, one, other };
	pthread_mutex_unlock(&observer->lock);
	return !found;
}

const char *observe_thread(const struct cta *cta, unsigned thread, char *text)
{
	const uint32_t (*tid)[LANES] = (const uint32_t (*)[LANES])cta->tid[thread / LANES];
	const unsigned lane = thread % LANES;

	snprintf(text, OBSERVE_TEXT, "block (%u,%u,%u), thread (%u,%u,%u)", cta->ctaid[0], cta->ctaid[1],
		 cta->ctaid[2], tid[0][lane], tid[1][lane], tid[2][lane]);
	return text;
}

const char *observe_source(const struct ptx_instr *source, char *text)
{
	char line[120];

	if (!source)
		snprintf(text, OBSERVE_TEXT, "PTX line 0");
	else
		snprintf(text, OBSERVE_TEXT, "PTX line %u: %s", source->line,
			 report_one_line(source->text, source->bytes, line, sizeof(line)));
	return text;
}

/* ---- what an instruction does ---- */

static bool begins(const char *name, const char *with, const char **rest)
{
	size_t length = strlen(with);

	*rest = name + length;
	return !strncmp(name, with, length);
}

/* "global.u32.w", "shared.8.q" */
static void access_row(struct access *access, const char *rest, unsigned count)
{
	const char *bits = strchr(rest, '.');

	access->space = rest[0] == 's' ? SPACE_SHARED : rest[0] == 'l' ? SPACE_LOCAL : SPACE_GLOBAL;
	if (rest[0] == 'p' || !bits)
		access->kind = ACCESS_NONE;
	else
		access->bytes = (uint8_t)(count * strtoul(bits + 1 + strcspn(bits + 1, "0123456789"),
							  NULL, 10) / 8);
}

/* "global", "shared" */
static void access_matrices(struct access *access, const char *rest, unsigned count)
{
	access->space = rest[0] == 's' ? SPACE_SHARED : SPACE_GLOBAL;
	access->matrices = (uint8_t)count;
	access->bytes = 16;
}

/* Has the instruction one of @count modifiers? */
static bool has_any(const struct ptx_instr *source, const char *const *mods, unsigned count)
{
	for (unsigned i = 0; source && i < source->opcode->mod_count; i++)
		for (unsigned k = 0; k < count; k++)
			if (!strcmp(source->opcode->mods[i], mods[k]))
				return true;
	return false;
}

static bool is_ordered(const struct ptx_instr *source)
{
	static const char *const mods[] = { "acquire", "release", "acq_rel" };

	return has_any(source, mods, 3);
}

static bool is_weak(const struct ptx_instr *source)
{
	static const char *const mods[] = { "volatile", "relaxed", "mmio" };

	return !is_ordered(source) && !has_any(source, mods, 3);
}

static struct access access_of(const struct function *f, const struct insn *in)
{
	const struct exec_op *op = exec_op_of(in->fn);
	const char *name = op ? op->name : "", *rest;
	const struct ptx_instr *source = f->source[in - f->code];
	struct access access = { .weak = is_weak(source), .ordered = is_ordered(source) };

	if (begins(name, "ld.", &rest) || begins(name, "ldv.", &rest)) {
		access.kind = ACCESS_LOAD;
		access.operand = in->count;
		access_row(&access, rest, in->count);
	} else if (begins(name, "st.", &rest) || begins(name, "stv.", &rest)) {
		access.kind = ACCESS_STORE;
		access_row(&access, rest, in->count);
	} else if (begins(name, "ldmatrix.", &rest)) {
		access.kind = ACCESS_LOAD;
		access.operand = in->count;
		access_matrices(&access, rest, in->count);
	} else if (begins(name, "stmatrix.", &rest)) {
		access.kind = ACCESS_STORE;
		access_matrices(&access, rest, in->count);
	} else if (begins(name, "atom.", &rest)) {
		access.kind = ACCESS_ATOMIC;
		access.operand = 1;
		access.weak = false;
		access.space = rest[0] == 's' ? SPACE_SHARED : SPACE_GLOBAL;
		access.bytes = !*op->signature ? 16 : strchr("qd", op->signature[0]) ? 8 :
			       op->signature[0] == 'h' ? 2 : 4;
	} else if (begins(name, "cp.async", &rest)) {
		access.kind = ACCESS_STORE;
		access.space = SPACE_GLOBAL;
		access.bytes = (uint8_t)in->aux;
	} else if (!strcmp(name, "bar")) {
		access.kind = ACCESS_BARRIER;
	} else if (!strcmp(name, "bar.warp.sync")) {
		access.kind = ACCESS_WARP_BARRIER;
	} else if (!strcmp(name, "fence") || begins(name, "mbarrier.", &rest)) {
		access.kind = ACCESS_FENCE;
	} else if (!strcmp(name, "guard")) {
		access.kind = ACCESS_GUARD;
	}
	return access;
}

uint32_t access_lanes(const struct access *access, uint32_t mask)
{
	return access->matrices ? mask & ALL_LANES >> (LANES - 8 * access->matrices) : mask;
}

uint64_t access_address(const struct warp *w, const struct insn *in, const struct access *access,
			unsigned lane)
{
	if (access->space == SPACE_GLOBAL)
		return r64(w, in->o[access->operand])[lane] + (uint64_t)in->imm;
	return r32(w, in->o[access->operand])[lane] + (uint32_t)in->imm;
}

bool access_shared(const struct warp *w, const struct insn *in, const struct access *access,
		   unsigned lane, uint64_t *offset)
{
	*offset = access_address(w, in, access, lane);
	if (access->space == SPACE_GLOBAL)
		*offset -= (uint64_t)(uintptr_t)w->cta->shared;
	return access->space != SPACE_LOCAL && *offset < w->cta->shared_bytes &&
	       w->cta->shared_bytes - *offset >= access->bytes;
}

/* ---- functions ---- */

static struct watched *watch(struct observer *observer, const struct function *function)
{
	struct watched *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->function = function;
	f->accesses = calloc(function->count, sizeof(*f->accesses));
	f->tallies = calloc(function->count, sizeof(*f->tallies));
	if (!f->accesses || !f->tallies) {
		free(f->accesses);
		free(f->tallies);
		free(f);
		return NULL;
	}
	for (unsigned i = 0; i < function->count; i++)
		f->accesses[i] = access_of(function, &function->code[i]);
	f->next = observer->functions;
	__atomic_store_n(&observer->functions, f, __ATOMIC_RELEASE);
	return f;
}

static struct watched *find_in(struct watched *f, const struct function *function)
{
	while (f && f->function != function)
		f = f->next;
	return f;
}

static struct watched *find_watched(struct observer *observer, const struct function *function)
{
	struct watched *f = __atomic_load_n(&observer->functions, __ATOMIC_ACQUIRE);

	f = find_in(f, function);
	if (f)
		return f;
	pthread_mutex_lock(&observer->lock);
	f = find_in(observer->functions, function);
	if (!f)
		f = watch(observer, function);
	pthread_mutex_unlock(&observer->lock);
	return f;
}

/* ---- the loop ---- */

static void look(struct warp *w, const struct insn *in, const struct watched *f, uint32_t mask)
{
	const struct observer *observer = w->cta->job->observer;
	const struct access *access = &f->accesses[in - f->function->code];

	if (observer->what & OBSERVE_PROFILE)
		profile_count(w, in, access, &f->tallies[in - f->function->code], mask);
	/* A guard's instruction runs within it */
	if (access->kind == ACCESS_GUARD) {
		mask &= *pred(w, in->o[0]) ^ (in->flags ? ALL_LANES : 0);
		if (mask)
			look(w, in + 1, f, mask);
		return;
	}
	mask = access_lanes(access, mask);
	if (observer->what & OBSERVE_RACES)
		race_check(w, in, access, mask);
	if (observer->what & OBSERVE_INIT)
		init_check(w, in, access, mask);
}

const struct insn *observe_run(struct warp *w, const struct insn *in)
{
	struct observer *observer = w->cta->job->observer;

	do {
		const struct watched *f = find_watched(observer, w->current->function);
		const struct insn *at = in;
		const uint32_t mask = w->mask;
		uint64_t ticks;

		if (f)
			look(w, in, f, mask);
		ticks = profile_ticks();
		in = in->fn(w, in);
		if (!f)
			continue;
		ticks = profile_ticks() - ticks;
		__atomic_fetch_add(&f->tallies[at - f->function->code].ticks, ticks, __ATOMIC_RELAXED);
		if (observer->what & OBSERVE_RACES && in == at + 1 &&
		    f->accesses[at - f->function->code].kind == ACCESS_WARP_BARRIER)
			race_synced(w, mask);
	} while (in != w->stop);
	return in;
}
