/* SPDX-License-Identifier: MIT */
/*
 * Clusters of several blocks: who is where, the barrier of all their threads, each other's shared
 * memory by every kind of address, and stores there that an mbarrier there awaits
 */
#include "tests/opcodes/gpu.h"

#define THREADS	48

/* What a thread writes */
struct seen {
	uint32_t rank, count, x, y, z, id, ids;	/* special registers */
	uint32_t near, far, stored, sum, owner, is_shared, explicit;
};

static const struct {
	unsigned grid[3], cluster[3];
} shapes[] = {
	{ { 8, 1, 1 }, { 2, 1, 1 } }, { { 4, 6, 2 }, { 2, 2, 1 } }, { { 2, 2, 4 }, { 1, 2, 4 } },
	{ { 8, 3, 1 }, { 8, 1, 1 } }, { { 3, 1, 1 }, { 1, 1, 1 } },
};

/* Each thread tells its number and its block's; @next is the rank whose memory it looks at */
static const char text[] =
	".shared .align 8 .b32 told[48];\n.shared .align 8 .b32 given[48];\n.shared .b32 sum;\n"
	".visible .entry k(.param .u64 data)\n{\n"
	".reg .b64 %p, %g, %h, %i;\n.reg .b32 %t, %b, %x, %y, %z, %n, %r, %c, %next, %s, %v, %w;\n.reg .pred %q;\n"
	"ld.param.u64 %p, [data];\nmov.u32 %t, %tid.x;\n"
	"mov.u32 %x, %ctaid.x;\nmov.u32 %y, %ctaid.y;\nmov.u32 %z, %ctaid.z;\n"
	"mov.u32 %n, %nctaid.y;\nmad.lo.u32 %b, %z, %n, %y;\nmov.u32 %n, %nctaid.x;\nmad.lo.u32 %b, %b, %n, %x;\n"
	"mad.lo.u32 %n, %b, 48, %t;\nmad.wide.u32 %p, %n, 56, %p;\n"
	"mov.u32 %r, %cluster_ctarank;\nst.global.u32 [%p], %r;\n"
	"mov.u32 %c, %cluster_nctarank;\nst.global.u32 [%p+4], %c;\n"
	"mov.u32 %v, %cluster_ctaid.x;\nst.global.u32 [%p+8], %v;\n"
	"mov.u32 %v, %cluster_ctaid.y;\nst.global.u32 [%p+12], %v;\n"
	"mov.u32 %v, %cluster_ctaid.z;\nst.global.u32 [%p+16], %v;\n"
	/* The cluster's number and how many there are, as bytes x, y, z */
	"mov.u32 %v, %clusterid.z;\nshl.b32 %v, %v, 8;\nmov.u32 %w, %clusterid.y;\nadd.u32 %v, %v, %w;\n"
	"shl.b32 %v, %v, 8;\nmov.u32 %w, %clusterid.x;\nadd.u32 %v, %v, %w;\nst.global.u32 [%p+20], %v;\n"
	"mov.u32 %v, %nclusterid.z;\nshl.b32 %v, %v, 8;\nmov.u32 %w, %nclusterid.y;\nadd.u32 %v, %v, %w;\n"
	"shl.b32 %v, %v, 8;\nmov.u32 %w, %nclusterid.x;\nadd.u32 %v, %v, %w;\nst.global.u32 [%p+24], %v;\n"
	"mov.pred %q, %is_explicit_cluster;\nselp.u32 %v, 1, 0, %q;\nst.global.u32 [%p+52], %v;\n"
	"setp.eq.u32 %q, %t, 0;\n@%q st.shared.u32 [sum], 0;\n"
	"mov.u32 %s, told;\nmad.lo.u32 %s, %t, 4, %s;\nst.shared.u32 [%s], %n;\n"
	"barrier.cluster.arrive;\nadd.u32 %next, %r, 1;\nrem.u32 %next, %next, %c;\nbarrier.cluster.wait;\n"
	/* The neighbour's number: in the cluster's window, and by a generic address */
	"mapa.shared::cluster.u32 %w, %s, %next;\nld.shared::cluster.u32 %v, [%w];\nst.global.u32 [%p+28], %v;\n"
	"mov.u64 %g, told;\ncvta.shared.u64 %g, %g;\nmul.wide.u32 %h, %t, 4;\nadd.u64 %g, %g, %h;\n"
	"mapa.u64 %h, %g, %next;\nld.u32 %v, [%h];\nst.global.u32 [%p+32], %v;\n"
	/* Whose it is, and that it is shared memory */
	"getctarank.u64 %v, %h;\ngetctarank.shared::cluster.u32 %w, %w;\nmad.lo.u32 %v, %v, 256, %w;\n"
	"st.global.u32 [%p+44], %v;\nisspacep.shared::cluster %q, %h;\nselp.u32 %v, 1, 0, %q;\n"
	"isspacep.shared::cta %q, %h;\n@%q add.u32 %v, %v, 2;\n"
	"cvta.to.shared::cluster.u64 %i, %h;\ncvta.shared::cluster.u64 %g, %i;\nsetp.eq.u64 %q, %g, %h;\n"
	"@%q add.u32 %v, %v, 4;\nst.global.u32 [%p+48], %v;\n"
	/* Something for the neighbour, and to the sum of the first */
	"mov.u32 %w, given;\nmapa.shared::cluster.u32 %w, %w, %next;\nmad.lo.u32 %w, %t, 4, %w;\n"
	"mul.lo.u32 %v, %n, 3;\nst.shared::cluster.u32 [%w], %v;\n"
	"mov.u32 %w, sum;\nmapa.shared::cluster.u32 %w, %w, 0;\nred.shared::cluster.add.u32 [%w], %n;\n"
	"barrier.cluster.arrive.release;\nbarrier.cluster.wait.acquire;\n"
	"mov.u32 %s, given;\nmad.lo.u32 %s, %t, 4, %s;\nld.shared.u32 %v, [%s];\nst.global.u32 [%p+36], %v;\n"
	"ld.shared::cluster.u32 %v, [%w];\nst.global.u32 [%p+40], %v;\n"
	/* Nobody may end while another reads its memory */
	"barrier.cluster.arrive;\nbarrier.cluster.wait;\nret;\n}\n";

static unsigned size_of(const unsigned shape[3])
{
	return shape[0] * shape[1] * shape[2];
}

/* The linear number of the block of @rank in the cluster of block @b */
static unsigned block_of(const unsigned grid[3], const unsigned cluster[3], unsigned b, unsigned rank)
{
	unsigned x = b % grid[0] / cluster[0] * cluster[0] + rank % cluster[0];
	unsigned y = b / grid[0] % grid[1] / cluster[1] * cluster[1] + rank / cluster[0] % cluster[1];
	unsigned z = b / grid[0] / grid[1] / cluster[2] * cluster[2] + rank / cluster[0] / cluster[1];

	return x + grid[0] * (y + grid[1] * z);
}

static void check_thread(const struct seen *seen, const unsigned *grid, const unsigned *cluster, unsigned b,
			 unsigned t)
{
	unsigned count = size_of(cluster), sum = 0;
	unsigned x = b % grid[0], y = b / grid[0] % grid[1], z = b / grid[0] / grid[1];
	unsigned rank = x % cluster[0] + cluster[0] * (y % cluster[1] + cluster[1] * (z % cluster[2]));
	unsigned next = (rank + 1) % count, before = (rank + count - 1) % count;

	for (unsigned r = 0; r < count; r++)
		for (unsigned i = 0; i < THREADS; i++)
			sum += block_of(grid, cluster, b, r) * THREADS + i;
	CHECK(seen->rank == rank && seen->count == count);
	CHECK(seen->x == x % cluster[0] && seen->y == y % cluster[1] && seen->z == z % cluster[2]);
	CHECK(seen->id == x / cluster[0] + y / cluster[1] * 256 + z / cluster[2] * 65536);
	CHECK(seen->ids == grid[0] / cluster[0] + grid[1] / cluster[1] * 256 + grid[2] / cluster[2] * 65536);
	CHECK(seen->near == block_of(grid, cluster, b, next) * THREADS + t && seen->far == seen->near);
	CHECK(seen->owner == next * 257);
	CHECK(seen->is_shared == (next == rank ? 7 : 5));
	CHECK(seen->stored == 3 * (block_of(grid, cluster, b, before) * THREADS + t));
	CHECK(seen->sum == sum && (seen->explicit == 1 || count == 1));
}

static void check_shape(const unsigned *grid, const unsigned *cluster)
{
	struct gpu_shape shape = { .block = { THREADS, 1, 1 } };
	unsigned blocks = size_of(grid);
	struct seen *seen = calloc(blocks * THREADS, sizeof(*seen));
	char whole[8192];
	struct gpu_program *program;

	CHECK(seen);
	memcpy(shape.grid, grid, sizeof(shape.grid));
	memcpy(shape.cluster, cluster, sizeof(shape.cluster));
	snprintf(whole, sizeof(whole), "%s%s", gpu_head(), text);
	program = gpu_load(whole);
	gpu_launch(program, &shape, seen, blocks * THREADS * sizeof(*seen));
	for (unsigned i = 0; i < blocks * THREADS; i++)
		check_thread(&seen[i], grid, cluster, i / THREADS, i % THREADS);
	gpu_unload(program);
	free(seen);
}

/* Threads that end are not waited for */
static void check_exits(void)
{
	static const char exits[] = ".visible .entry k(.param .u64 data)\n{\n"
		".reg .b64 %p;\n.reg .b32 %t, %r, %n;\n.reg .pred %q;\nld.param.u64 %p, [data];\n"
		"mov.u32 %t, %tid.x;\nmov.u32 %r, %ctaid.x;\nadd.u32 %n, %t, %r;\nrem.u32 %n, %n, 3;\n"
		"setp.eq.u32 %q, %n, 0;\n@%q exit;\nbarrier.cluster.arrive;\n"
		"barrier.cluster.wait;\nred.global.add.u32 [%p], 1;\nret;\n}\n";
	struct gpu_shape shape = { .grid = { 8, 1, 1 }, .block = { THREADS, 1, 1 }, .cluster = { 4, 1, 1 } };
	uint32_t count = 0;
	char whole[2048];
	struct gpu_program *program;

	snprintf(whole, sizeof(whole), "%s%s", gpu_head(), exits);
	program = gpu_load(whole);
	gpu_launch(program, &shape, &count, sizeof(count));
	CHECK(count == 8 * THREADS * 2 / 3);
	gpu_unload(program);
}

/* What a thread has got, the first four of the neighbour's thread, the others of all its threads */
struct got {
	uint32_t four[4];
	uint64_t two[2];
	uint32_t one, sum, most, mixed, counted, either;
	uint64_t sum64;
};

/* THREADS * (16 + 16 + 4 + 5 * 4 + 8) bytes are awaited */
#define BYTES		"3072"
#define STORE		"st.async.weak.shared::cluster.mbarrier::complete_tx::bytes"
#define REDUCE		"red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes"
#define NEXT(r, what)	"mov.u32 " r ", " what ";\nmapa.shared::cluster.u32 " r ", " r ", %next;\n"

static const char sends[] =
	".shared .align 16 .b8 fours[768];\n.shared .align 16 .b8 twos[768];\n.shared .align 4 .b8 ones[192];\n"
	".shared .align 8 .b8 sums[32];\n.shared .align 8 .b64 barrier;\n"
	".visible .entry k(.param .u64 data)\n{\n.reg .b64 %p, %v, %v1;\n.reg .pred %q;\n"
	".reg .b32 %t, %r, %c, %next, %four, %two, %one, %sum, %b, %x, %y, %z<4>;\n"
	"ld.param.u64 %p, [data];\nmov.u32 %t, %tid.x;\nmov.u32 %r, %cluster_ctarank;\n"
	"mov.u32 %c, %cluster_nctarank;\nadd.u32 %next, %r, 1;\nrem.u32 %next, %next, %c;\n"
	"setp.ne.u32 %q, %t, 0;\n@%q bra READY;\nmbarrier.init.shared.b64 [barrier], 1;\n"
	"mbarrier.arrive.expect_tx.shared.b64 _, [barrier], " BYTES ";\n"
	"mov.u64 %v, 0;\nst.shared.u64 [sums], %v;\nst.shared.u64 [sums+8], %v;\n"
	"st.shared.u64 [sums+16], %v;\nst.shared.u64 [sums+24], %v;\n"
	"READY:\nbarrier.cluster.arrive;\nbarrier.cluster.wait;\n"
	NEXT("%four", "fours") NEXT("%two", "twos") NEXT("%one", "ones") NEXT("%sum", "sums") NEXT("%b", "barrier")
	"mad.lo.u32 %four, %t, 16, %four;\nmad.lo.u32 %two, %t, 16, %two;\nmad.lo.u32 %one, %t, 4, %one;\n"
	/* x = 1000 * rank + thread, y = x + 7, v = x * x * 65537 */
	"mad.lo.u32 %x, %r, 1000, %t;\nadd.u32 %y, %x, 7;\nmul.lo.u32 %z0, %x, %x;\n"
	"mul.wide.u32 %v, %z0, 65537;\nadd.u64 %v1, %v, 1;\n"
	STORE ".b32 [%one], %x, [%b];\n" STORE ".v2.b64 [%two], {%v, %v1}, [%b];\n"
	STORE ".v4.u32 [%four], {%x, %y, %t, %r}, [%b];\n"
	REDUCE ".add.u32 [%sum], %x, [%b];\n" REDUCE ".max.s32 [%sum+4], %y, [%b];\n"
	REDUCE ".xor.b32 [%sum+8], %y, [%b];\n" REDUCE ".inc.u32 [%sum+12], 1000, [%b];\n"
	REDUCE ".or.b32 [%sum+16], %y, [%b];\n" REDUCE ".add.u64 [%sum+24], %v, [%b];\n"
	"WAIT:\nmbarrier.try_wait.parity.shared.b64 %q, [barrier], 0;\n@!%q bra WAIT;\n"
	"mov.u32 %x, %ctaid.x;\nmad.lo.u32 %x, %x, 48, %t;\nmad.wide.u32 %p, %x, 64, %p;\n"
	"mov.u32 %x, fours;\nmad.lo.u32 %x, %t, 16, %x;\nld.shared.v4.u32 {%z0, %z1, %z2, %z3}, [%x];\n"
	"st.global.v4.u32 [%p], {%z0, %z1, %z2, %z3};\n"
	"mov.u32 %x, twos;\nmad.lo.u32 %x, %t, 16, %x;\nld.shared.v2.u64 {%v, %v1}, [%x];\n"
	"st.global.v2.u64 [%p+16], {%v, %v1};\n"
	"mov.u32 %x, ones;\nmad.lo.u32 %x, %t, 4, %x;\nld.shared.u32 %y, [%x];\nst.global.u32 [%p+32], %y;\n"
	"ld.shared.u32 %z0, [sums];\nld.shared.u32 %z1, [sums+4];\nld.shared.u32 %z2, [sums+8];\n"
	"ld.shared.u32 %z3, [sums+12];\nld.shared.u32 %y, [sums+16];\nld.shared.u64 %v, [sums+24];\n"
	"st.global.u32 [%p+36], %z0;\nst.global.u32 [%p+40], %z1;\nst.global.u32 [%p+44], %z2;\n"
	"st.global.u32 [%p+48], %z3;\nst.global.u32 [%p+52], %y;\nst.global.u64 [%p+56], %v;\n"
	/* Nobody may end while another writes to its memory */
	"barrier.cluster.arrive;\nbarrier.cluster.wait;\nret;\n}\n";

/* What thread @t of a block that comes after @rank has got */
static struct got expected(unsigned rank, unsigned t)
{
	struct got got = { .one = rank * 1000 + t };

	got.four[0] = got.one;
	got.four[1] = got.one + 7;
	got.four[2] = t;
	got.four[3] = rank;
	got.two[0] = got.one * got.one * 65537ull;
	got.two[1] = got.two[0] + 1;
	for (unsigned i = 0; i < THREADS; i++) {
		uint32_t x = rank * 1000 + i;

		got.sum += x;
		got.most = x + 7;
		got.mixed ^= x + 7;
		got.counted++;
		got.either |= x + 7;
		got.sum64 += x * x * 65537ull;
	}
	return got;
}

/* Everybody writes to the next block, and waits for what the one before writes */
static void check_sends(void)
{
	struct gpu_shape shape = { .grid = { 8, 1, 1 }, .block = { THREADS, 1, 1 }, .cluster = { 4, 1, 1 } };
	struct got got[8 * THREADS] = { 0 };
	char whole[8192];
	struct gpu_program *program;

	_Static_assert(sizeof(*got) == 64, "as the kernel has it");
	snprintf(whole, sizeof(whole), "%s%s", gpu_head(), sends);
	program = gpu_load(whole);
	gpu_launch(program, &shape, got, sizeof(got));
	for (unsigned i = 0; i < 8 * THREADS; i++) {
		struct got right = expected((i / THREADS + 3) % 4, i % THREADS);

		CHECK(!memcmp(&got[i], &right, sizeof(right)));
	}
	gpu_unload(program);
}

unsigned check_cluster(void)
{
	_Static_assert(sizeof(struct seen) == 56, "as the kernel has it");

	if (!gpu_has("%cluster_ctarank"))
		return 0;
	for (unsigned i = 0; i < ARRAY_SIZE(shapes); i++)
		check_shape(shapes[i].grid, shapes[i].cluster);
	check_exits();
	check_sends();
	return 0;
}
