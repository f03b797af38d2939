/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * Accesses that believe what an earlier one saw of their addresses (softgpu/decode_place.c) get
 * what each lane's own address holds: random code that loads through a few registers again and
 * again, while registers change for some lanes only, lanes part and join, loops and calls come in
 * between.  Each thread is computed on the CPU, too.
 */
#include "tests/unit/softgpu_engine.h"

#define REGISTERS	4
#define WORDS		2048u	/* of each memory */
#define THREADS		80u	/* the last warp is half full */
#define STEPS		60

enum step { SET, LOAD, STORE_OWN, ADVANCE, BRANCH, LABEL, LOOP, END_LOOP, CALL, STEP_KINDS };

/* struct statement - @guard: the bit of tid it wants, -1: for all */
struct statement {
	enum step step;
	unsigned reg, shape, offset, label;
	int guard;
	bool shared, invert;
};

static struct statement code[STEPS];
static unsigned count;
static uint32_t *global, *results, shared[WORDS];

/* Where register values point, in bytes: the same for all, in a row, backwards, scattered, wide */
static uint32_t address_of(unsigned shape, uint32_t tid)
{
	switch (shape) {
	case 0:
		return 64;
	case 1:
		return tid * 4;
	case 2:
		return (127 - tid) * 4;
	case 3:
		return (tid ^ 1) * 4;
	default:
		return tid / 32 * 4 + 16;
	}
}

static bool taken(const struct statement *s, uint32_t tid)
{
	return s->guard < 0 || (tid >> s->guard & 1) != s->invert;
}

static void random_code(void)
{
	unsigned label = 0, open[2], opened = 0, last = 0;
	bool loop = false;

	for (count = 0; count < STEPS; count++) {
		struct statement *s = &code[count];
		unsigned dice = (unsigned)random64() % 32;

		*s = (struct statement) {
			.reg = (unsigned)random64() % REGISTERS, .shape = (unsigned)random64() % 5,
			.offset = (unsigned)random64() % 8 * 4, .shared = random64() & 1,
			.guard = random64() % 4 ? -1 : (int)(random64() % 7), .invert = random64() & 1,
		};
		s->step = dice < 5 ? SET : dice < 24 ? LOAD : dice < 25 ? STORE_OWN : dice < 27 ? ADVANCE :
			  dice < 28 ? CALL : dice < 30 ? BRANCH : dice < 31 ? LABEL : loop ? END_LOOP : LOOP;
		/* Towards the end close what is open */
		if (STEPS - count <= opened + loop + 2)
			s->step = opened ? LABEL : loop ? END_LOOP : LOAD;
		/* A branch ends where it began: within the loop, or outside */
		if ((s->step == LABEL && !opened) || (s->step == BRANCH && opened == 2) ||
		    ((s->step == LOOP || s->step == END_LOOP) && opened))
			s->step = LOAD;
		if (s->step == BRANCH)
			open[opened++] = s->label = ++label;
		else if (s->step == LABEL)
			s->label = open[--opened];
		else if (s->step == LOOP)
			last = s->label = ++label;
		else if (s->step == END_LOOP)
			s->label = last;
		loop = s->step == LOOP || (loop && s->step != END_LOOP);
	}
}

static char *print_guard(char *p, const struct statement *s)
{
	return s->guard < 0 ? p : p + sprintf(p, "@%s%%b%d ", s->invert ? "!" : "", s->guard);
}

static char *print(char *p, const struct statement *s)
{
	unsigned r = s->reg;

	switch (s->step) {
	case SET:
		p = print_guard(p, s);
		return p + sprintf(p, "mov.u32 %%a%u, %%s%u;\n", r, s->shape);
	case ADVANCE:
		p = print_guard(p, s);
		return p + sprintf(p, "add.u32 %%a%u, %%a%u, 4;\n", r, r);
	case LOAD:
		if (!s->shared)
			p += sprintf(p, "cvt.u64.u32 %%d%u, %%a%u;\nadd.s64 %%d%u, %%d%u, %%g;\n", r, r, r, r);
		p = print_guard(p, s);
		p += s->shared ? sprintf(p, "ld.shared.u32 %%v, [%%a%u+%u];\n", r, s->offset) :
				 sprintf(p, "ld.global.u32 %%v, [%%d%u+%u];\n", r, s->offset);
		/* The same register again, and again for those of the guard: what a place is about */
		p += s->shared ? sprintf(p, "ld.shared.u32 %%w, [%%a%u+%u];\n", r, s->offset + 4) :
				 sprintf(p, "ld.global.u32 %%w, [%%d%u+%u];\n", r, s->offset + 4);
		p += sprintf(p, "mad.lo.u32 %%x, %%x, 31, %%w;\n");
		p = print_guard(p, s);
		return p + sprintf(p, "mad.lo.u32 %%x, %%x, 31, %%v;\n");
	case STORE_OWN:
		p = print_guard(p, s);
		return p + sprintf(p, "st.shared.u32 [%%own], %%x;\n");
	case BRANCH:
		p = print_guard(p, s);
		return p + sprintf(p, "bra L%u;\n", s->label);
	case LABEL:
		return p + sprintf(p, "L%u:\n", s->label);
	case LOOP:
		return p + sprintf(p, "mov.u32 %%n, 0;\nL%u:\n", s->label);
	case END_LOOP:
		/* Lanes leave after two or three rounds */
		return p + sprintf(p, "add.u32 %%n, %%n, 1;\nsetp.lt.u32 %%p, %%n, %%rounds;\n@%%p bra L%u;\n",
				   s->label);
	default:
		return p + sprintf(p, "{\n.param .b32 from;\n.param .b32 to;\nst.param.b32 [to], %%a%u;\n"
				   "call (from), f, (to);\nld.param.b32 %%v, [from];\n"
				   "mad.lo.u32 %%x, %%x, 31, %%v;\n}\n", r);
	}
}

static const char head[] =
	".version 8.0\n.target sm_75\n.address_size 64\n"
	".shared .align 4 .b8 memory[8192];\n"
	/* Its accesses have the same numbers as those of the caller */
	".func (.param .b32 result) f(.param .b32 a)\n{\n.reg .b32 %r<4>;\n"
	"ld.param.u32 %r1, [a];\nld.shared.u32 %r2, [%r1];\nld.shared.u32 %r3, [%r1+8];\n"
	"add.u32 %r2, %r2, %r3;\nst.param.b32 [result], %r2;\nret;\n}\n"
	".visible .entry k(.param .u64 global, .param .u64 out)\n{\n"
	".reg .b32 %r<8>, %a<4>, %s<5>, %v, %w, %x, %n, %own, %rounds;\n.reg .b64 %d<4>, %g, %o;\n"
	".reg .pred %b<7>, %p;\n"
	"mov.u32 %r1, memory;\nld.param.u64 %g, [global];\nld.param.u64 %o, [out];\nmov.u32 %r1, %tid.x;\nmov.u32 %x, 0;\n"
	"mov.u32 %s0, 64;\nshl.b32 %s1, %r1, 2;\nsub.u32 %s2, 508, %s1;\nxor.b32 %s3, %s1, 4;\n"
	"shr.u32 %s4, %r1, 5;\nshl.b32 %s4, %s4, 2;\nadd.u32 %s4, %s4, 16;\n"
	"add.u32 %own, %s1, 4096;\nand.b32 %rounds, %r1, 1;\nadd.u32 %rounds, %rounds, 2;\n"
	/* Fill the shared memory with what the global one has; warps need not agree on when */
	"mov.u32 %n, %s1;\nFILL:\ncvt.u64.u32 %d0, %n;\nadd.s64 %d0, %d0, %g;\nld.global.u32 %v, [%d0];\n"
	"st.shared.u32 [%n], %v;\nadd.u32 %n, %n, 320;\nsetp.lt.u32 %p, %n, 8192;\n@%p bra FILL;\n"
	"bar.sync 0;\n";

static void make_text(char *text)
{
	char *p = text + sprintf(text, "%s", head);

	for (unsigned bit = 0; bit < 7; bit++)
		p += sprintf(p, "and.b32 %%r2, %%r1, %u;\nsetp.ne.u32 %%b%u, %%r2, 0;\n", 1u << bit, bit);
	for (unsigned r = 0; r < REGISTERS; r++)
		p += sprintf(p, "mov.u32 %%a%u, %%s%u;\n", r, r);
	for (unsigned i = 0; i < count; i++)
		p = print(p, &code[i]);
	sprintf(p, "cvt.u64.u32 %%d0, %%s1;\nadd.s64 %%o, %%o, %%d0;\nst.global.u32 [%%o], %%x;\nret;\n}\n");
}

/* The same by one thread */
static uint32_t expected(uint32_t tid)
{
	uint32_t a[REGISTERS], x = 0, rounds = 0;
	unsigned begin = 0;

	for (unsigned r = 0; r < REGISTERS; r++)
		a[r] = address_of(r, tid);
	for (unsigned i = 0; i < count; i++) {
		const struct statement *s = &code[i];
		const uint32_t *at = (s->shared ? shared : global) + (a[s->reg] + s->offset) / 4;
		bool runs = taken(s, tid);

		switch (s->step) {
		case SET:
			a[s->reg] = runs ? address_of(s->shape, tid) : a[s->reg];
			break;
		case ADVANCE:
			a[s->reg] += runs ? 4 : 0;
			break;
		case LOAD:
			x = x * 31 + at[1];
			x = runs ? x * 31 + at[0] : x;
			break;
		case BRANCH:
			while (runs && (code[i].step != LABEL || code[i].label != s->label))
				i++;
			break;
		case LOOP:
			begin = i;
			rounds = 0;
			break;
		case END_LOOP:
			i = ++rounds < 2 + (tid & 1) ? begin : i;
			break;
		case CALL:
			x = x * 31 + shared[a[s->reg] / 4] + shared[a[s->reg] / 4 + 2];
			break;
		default:
			break;
		}
	}
	return x;
}

static void try_one(void)
{
	static char text[65536];
	void *pointers[2] = { global, results };
	struct program *program;

	random_code();
	make_text(text);
	program = program_from(text);
	run_ok(program, 1, THREADS, pointers, 2);
	program_destroy(program);
	for (uint32_t tid = 0; tid < THREADS; tid++) {
		if (results[tid] == expected(tid))
			continue;
		fprintf(stderr, "%sthread %u: 0x%x instead of 0x%x\n", text, tid, results[tid], expected(tid));
		exit(1);
	}
}

int main(void)
{
	both_instruction_sets();
	engine_begin();
	global = device_memory(WORDS * 4);
	results = device_memory(THREADS * 4);
	for (unsigned i = 0; i < WORDS; i++)
		shared[i] = global[i] = (uint32_t)random64();
	for (unsigned i = 0; i < 500; i++)
		try_one();
	device_release(global);
	device_release(results);
	engine_fini(&engine);
	return 0;
}
