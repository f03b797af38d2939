/* SPDX-License-Identifier: MIT */
/*
 * isa.c - all rows of the instruction tables, by name
 *
 * A row's name is a PTX opcode with its modifiers (or a name of our own for what the decoder
 * makes of several), so this is where to begin when looking for an instruction: grep for
 * the name in exec_*.c.
 */

#include <pthread.h>
#include <stdlib.h>

#include "softgpu/exec.h"
#include "softgpu/exec_families.h"

#define BASE(name)	&name##_base,
#define V3(name)	&name##_v3,

static const struct exec_family *const base[] = { EXEC_FAMILIES(BASE) };
#if defined(__x86_64__)
static const struct exec_family *const v3[] = { EXEC_FAMILIES(V3) };
#endif

#define SLOTS	8192

static const struct exec_op *slots[SLOTS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static unsigned hash(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h % SLOTS;
}

static void add_family(const struct exec_family *family)
{
	for (unsigned i = 0; i < family->count; i++) {
		unsigned slot = hash(family->ops[i].name);

		while (slots[slot])
			slot = (slot + 1) % SLOTS;
		slots[slot] = &family->ops[i];
	}
}

/* SOFTGPU_ISA=base keeps to plain x86-64, to compare */
static bool use_v3(void)
{
	const char *choice = getenv("SOFTGPU_ISA");

	if (choice && !strcmp(choice, "base"))
		return false;
#if defined(__x86_64__)
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
	       __builtin_cpu_supports("bmi2");
#else
	return false;
#endif
}

static void fill(void)
{
	for (unsigned i = 0; i < sizeof(base) / sizeof(base[0]); i++) {
#if defined(__x86_64__)
		add_family(use_v3() ? v3[i] : base[i]);
#else
		add_family(base[i]);
#endif
	}
}

const struct exec_op *exec_op_of(insn_fn *fn)
{
	pthread_once(&once, fill);
	for (unsigned slot = 0; slot < SLOTS; slot++)
		if (slots[slot] && slots[slot]->fn == fn)
			return slots[slot];
	return NULL;
}

const struct exec_op *exec_op_find(const char *name)
{
	unsigned slot = hash(name);

	pthread_once(&once, fill);
	for (; slots[slot]; slot = (slot + 1) % SLOTS)
		if (!strcmp(slots[slot]->name, name))
			return slots[slot];
	return NULL;
}
