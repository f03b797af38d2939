/* SPDX-License-Identifier: MIT */
/* cp.async of every size, and mbarrier: phases, counts, dropping out, bytes that are awaited */
#include "tests/opcodes/gpu.h"

#define THREADS	96

static struct gpu_program *load(const char *text)
{
	char whole[8192];

	snprintf(whole, sizeof(whole), "%s%s", gpu_head(), text);
	return gpu_load(whole);
}

/* ---- copies ---- */

/* Per thread: what is copied, how much of it, what comes */
struct copy {
	uint8_t from[16], to[16];
	uint32_t bytes, ignore, unused[2];
};

enum { ALL, PART, IGNORE };

static const struct {
	const char *name;
	unsigned bytes;
	int what;		/* a part, or nothing for some threads: the rest becomes zero */
	const char *wait;
} copies[] = {
	{ "ca", 4, ALL, "cp.async.wait_all;\n" },
	{ "ca", 8, ALL, "cp.async.commit_group;\ncp.async.wait_group 0;\n" },
	{ "ca", 16, ALL, "cp.async.commit_group;\ncp.async.commit_group;\ncp.async.wait_group 1;\n" },
	{ "cg", 16, ALL, "cp.async.wait_all;\n" },
	{ "ca", 4, PART, "cp.async.wait_all;\n" }, { "ca", 8, PART, "cp.async.wait_all;\n" },
	{ "ca", 16, PART, "cp.async.wait_all;\n" }, { "cg", 16, PART, "cp.async.wait_all;\n" },
	{ "ca", 4, IGNORE, "cp.async.wait_all;\n" }, { "ca", 8, IGNORE, "cp.async.wait_all;\n" },
	{ "ca", 16, IGNORE, "cp.async.wait_all;\n" }, { "cg", 16, IGNORE, "cp.async.wait_all;\n" },
};

static unsigned bytes_read(unsigned n, const struct copy *copy)
{
	return copies[n].what == PART ? copy->bytes : copies[n].what == IGNORE && copy->ignore ? 0 : copies[n].bytes;
}

static void check_copy(unsigned n)
{
	static const char *const more[] = { [ALL] = "", [PART] = ", %n", [IGNORE] = ", %i" };
	struct copy data[THREADS];
	struct gpu_program *program;
	char text[2048];

	snprintf(text, sizeof(text), ".shared .align 16 .b8 window[%u];\n.visible .entry k(.param .u64 data)\n{\n"
		 ".reg .b64 %%p;\n.reg .b32 %%t, %%s, %%n, %%w<4>;\n.reg .pred %%i;\nld.param.u64 %%p, [data];\n"
		 "mov.u32 %%t, %%tid.x;\nmad.wide.u32 %%p, %%t, 48, %%p;\nmov.u32 %%s, window;\n"
		 "mad.lo.u32 %%s, %%t, 16, %%s;\nld.global.v4.u32 {%%w0, %%w1, %%w2, %%w3}, [%%p+16];\n"
		 "st.shared.v4.u32 [%%s], {%%w0, %%w1, %%w2, %%w3};\nld.global.u32 %%n, [%%p+36];\n"
		 "setp.ne.u32 %%i, %%n, 0;\nld.global.u32 %%n, [%%p+32];\n"
		 "cp.async.%s.shared.global [%%s], [%%p], %u%s;\n%s"
		 "ld.shared.v4.u32 {%%w0, %%w1, %%w2, %%w3}, [%%s];\n"
		 "st.global.v4.u32 [%%p+16], {%%w0, %%w1, %%w2, %%w3};\nret;\n}\n", THREADS * 16,
		 copies[n].name, copies[n].bytes, more[copies[n].what], copies[n].wait);
	for (unsigned i = 0; i < THREADS; i++) {
		for (unsigned k = 0; k < 16; k++) {
			data[i].from[k] = (uint8_t)random_bits();
			data[i].to[k] = 0x55;
		}
		data[i].bytes = (uint32_t)random_bits() % (copies[n].bytes + 1);
		data[i].ignore = (uint32_t)random_bits() & 1;
	}
	program = load(text);
	gpu_run(program, 1, THREADS, data, sizeof(data));
	for (unsigned i = 0; i < THREADS; i++) {
		unsigned read = bytes_read(n, &data[i]);

		for (unsigned k = 0; k < 16; k++)
			CHECK(data[i].to[k] == (k < read ? data[i].from[k] : k < copies[n].bytes ? 0 : 0x55));
	}
	gpu_unload(program);
}

/* ---- barriers ---- */

#define HEAD									\
	".shared .align 8 .b64 barrier;\n.shared .u32 window[96];\n.visible .entry k(.param .u64 data)\n{\n"	\
	".reg .b64 %p, %q, %s, %s1, %s2;\n.reg .b32 %t, %n, %x, %y, %b, %w, %v;\n.reg .pred %c;\n"	\
	"ld.param.u64 %p, [data];\nmov.u32 %t, %tid.x;\nmad.wide.u32 %q, %t, 4, %p;\n"	\
	"mov.u32 %b, barrier;\nmov.u32 %w, window;\n"

/* Each thread hands its number to another, phase after phase */
#define ROUNDS(arrive, wait)							\
	HEAD "setp.ne.u32 %c, %t, 0;\n@%c bra READY;\nmbarrier.init.shared.b64 [%b], 96;\nREADY:\nbar.sync 0;\n"	\
	"ld.global.u32 %n, [%q];\nmov.u32 %v, 0;\nmov.u32 %y, 0;\nmad.lo.u32 %x, %t, 4, %w;\n"	\
	"AGAIN:\nst.shared.u32 [%x], %n;\n" arrive "WAIT:\n" wait "@!%c bra WAIT;\n"	\
	"add.u32 %t, %t, 17;\nrem.u32 %t, %t, 96;\nmad.lo.u32 %n, %t, 4, %w;\nld.shared.u32 %n, [%n];\n"	\
	"bar.sync 0;\nmov.u32 %t, %tid.x;\nxor.b32 %n, %n, %t;\n"		\
	"add.u32 %v, %v, 1;\nxor.b32 %y, %y, 1;\nsetp.lt.u32 %c, %v, 5;\n@%c bra AGAIN;\n"	\
	"st.global.u32 [%q], %n;\nret;\n}\n"

static const char *const rounds[] = {
	ROUNDS("mbarrier.arrive.shared.b64 %s, [%b];\n", "mbarrier.test_wait.shared.b64 %c, [%b], %s;\n"),
	ROUNDS("mbarrier.arrive.shared.b64 _, [%b];\n",
	       "mbarrier.test_wait.parity.shared.b64 %c, [%b], %y;\n"),
	/* The thread's copies come first, though there are none */
	ROUNDS("cp.async.mbarrier.arrive.noinc.shared.b64 [%b];\n",
	       "mbarrier.test_wait.parity.shared.b64 %c, [%b], %y;\n"),
	ROUNDS("cp.async.mbarrier.arrive.shared.b64 [%b];\nmbarrier.arrive.shared.b64 %s, [%b];\n",
	       "mbarrier.test_wait.shared.b64 %c, [%b], %s;\n"),
};

static const char late_round[] =
	ROUNDS("mbarrier.arrive.shared.b64 %s, [%b];\n", "mbarrier.try_wait.shared.b64 %c, [%b], %s, 1000;\n");

static void check_rounds(const char *text)
{
	uint32_t data[THREADS], now[THREADS], next[THREADS];
	struct gpu_program *program = load(text);

	for (unsigned i = 0; i < THREADS; i++)
		data[i] = now[i] = (uint32_t)random_bits();
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < THREADS; i++)
			next[i] = now[(i + 17) % THREADS] ^ i;
		memcpy(now, next, sizeof(now));
	}
	gpu_run(program, 1, THREADS, data, sizeof(data));
	CHECK(!memcmp(data, now, sizeof(now)));
	gpu_unload(program);
}

#define COUNT(at)	"mbarrier.pending_count.b64 %n, %s;\nst.global.u32 [%p+" #at "], %n;\n"
#define IS_OVER(at, state)							\
	"mbarrier.test_wait.shared.b64 %c, [%b], " state ";\nselp.u32 %n, 1, 0, %c;\nst.global.u32 [%p+" #at "], %n;\n"
#define IS_OVER_PARITY(at, parity)						\
	"mbarrier.test_wait.parity.shared.b64 %c, [%b], " parity ";\nselp.u32 %n, 1, 0, %c;\n"	\
	"st.global.u32 [%p+" #at "], %n;\n"

/* One thread does all arriving */
static void check_counts(void)
{
	static const char text[] = HEAD
		"mbarrier.init.shared.b64 [%b], 6;\n"
		"mbarrier.arrive.shared.b64 %s, [%b];\n" COUNT(0) "mov.b64 %s1, %s;\n"
		"mbarrier.arrive.noComplete.shared.b64 %s, [%b], 2;\n" COUNT(4)
		IS_OVER(8, "%s1") IS_OVER_PARITY(12, "0") IS_OVER_PARITY(16, "1")
		"mbarrier.arrive_drop.shared.b64 %s, [%b];\n" COUNT(20)
		"mbarrier.arrive.shared.b64 %s, [%b];\n" COUNT(24)
		"mbarrier.arrive.shared.b64 %s, [%b];\n" COUNT(28)
		IS_OVER(32, "%s1") IS_OVER_PARITY(36, "0") IS_OVER_PARITY(40, "1")
		"mbarrier.arrive.shared.b64 %s, [%b];\n" COUNT(44)
		"mbarrier.inval.shared.b64 [%b];\nret;\n}\n";
	static const uint32_t expected[] = { 6, 5, 0, 0, 1, 3, 2, 1, 1, 1, 0, 5 };
	uint32_t data[ARRAY_SIZE(expected)] = { 0 };
	struct gpu_program *program = load(text);

	gpu_run(program, 1, 1, data, sizeof(data));
	for (unsigned i = 0; i < ARRAY_SIZE(expected); i++)
		if (data[i] != expected[i])
			fprintf(stderr, "count %u is %u, expected %u\n", i, data[i], expected[i]);
	CHECK(!memcmp(data, expected, sizeof(data)));
	gpu_unload(program);
}

/* Both all arrivals and all bytes are awaited */
static void check_bytes(void)
{
	static const char text[] = HEAD
		"mbarrier.init.shared.b64 [%b], 2;\n"
		"mbarrier.arrive.expect_tx.shared.b64 %s, [%b], 64;\nmov.b64 %s1, %s;\n"
		"mbarrier.expect_tx.relaxed.cta.shared.b64 [%b], 36;\n"
		"mbarrier.arrive.shared.b64 %s, [%b];\n" IS_OVER(0, "%s1")
		"mbarrier.complete_tx.shared::cta.b64 [%b], 60;\n" IS_OVER(4, "%s1")
		"mbarrier.complete_tx.shared::cta.b64 [%b], 40;\n" IS_OVER(8, "%s1") "ret;\n}\n";
	uint32_t data[3] = { 7, 7, 7 };
	struct gpu_program *program = load(text);

	gpu_run(program, 1, 1, data, sizeof(data));
	CHECK(data[0] == 0 && data[1] == 0 && data[2] == 1);
	gpu_unload(program);
}

unsigned check_async(void)
{
	for (unsigned i = 0; gpu_has("cp.async.ca") && i < ARRAY_SIZE(copies); i++)
		check_copy(i);
	for (unsigned i = 0; gpu_has("mbarrier.arrive") && i < ARRAY_SIZE(rounds); i++)
		check_rounds(rounds[i]);
	if (gpu_has("mbarrier.pending_count"))
		check_counts();
	if (gpu_has("mbarrier.try_wait"))
		check_rounds(late_round);
	if (gpu_has("mbarrier.complete_tx"))
		check_bytes();
	return 0;
}
