/* SPDX-License-Identifier: MIT */
/* cudaMemcpy3DPeer and its asynchronous form: boxes of pitched memory and arrays, two devices */
#include "check.h"

#define W	37	/* elements of a row, rows, slices */
#define H	11
#define D	5
#define N	(W * H * D)

static uint32_t *sent, *got;

/* The box of the host that is one byte after the other */
static struct cudaPitchedPtr packed(void *p)
{
	return (struct cudaPitchedPtr){ p, W * 4, W, H };
}

static struct cudaExtent all_of(size_t element)
{
	return (struct cudaExtent){ W * element, H, D };
}

static void to_device(struct cudaPitchedPtr to)
{
	struct cudaMemcpy3DParms copy = {
		.srcPtr = packed(sent), .dstPtr = to, .extent = all_of(4),
		.kind = cudaMemcpyHostToDevice,
	};

	CUDA(cudaMemcpy3D(&copy));
}

static void expect_sent(struct cudaMemcpy3DParms copy)
{
	memset(got, 0, N * 4);
	copy.dstPtr = packed(got);
	copy.kind = cudaMemcpyDeviceToHost;
	CUDA(cudaMemcpy3D(&copy));
	CHECK_SAME(got, sent, N * 4);
}

/* The whole box from pitched memory of device 0 to that of device 1 */
static void pitched(struct cudaPitchedPtr from, struct cudaPitchedPtr to)
{
	const struct cudaMemcpy3DPeerParms copy = {
		.srcPtr = from, .srcDevice = 0, .dstPtr = to, .dstDevice = 1, .extent = all_of(4),
	};
	const struct cudaMemcpy3DParms back = { .srcPtr = to, .extent = all_of(4) };

	to_device(from);
	CUDA(cudaMemcpy3DPeer(&copy));
	CUDA(cudaDeviceSynchronize());
	expect_sent(back);
}

/* A part of it, in a stream of the device that is not current */
static void part(struct cudaPitchedPtr from, struct cudaPitchedPtr to)
{
	const struct cudaMemcpy3DPeerParms copy = {
		.srcPtr = from, .srcPos = { 4 * 4, 2, 1 }, .srcDevice = 0, .dstPtr = to,
		.dstPos = { 8 * 4, 1, 2 }, .dstDevice = 1, .extent = { 16 * 4, 5, 2 },
	};
	struct cudaMemcpy3DParms back = {
		.srcPtr = to, .extent = all_of(4), .kind = cudaMemcpyDeviceToHost,
	};
	cudaStream_t stream;

	CUDA(cudaSetDevice(1));
	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	CUDA(cudaMemset3DAsync(to, 0, all_of(4), stream));
	CUDA(cudaMemcpy3DPeerAsync(&copy, stream));
	CUDA(cudaStreamSynchronize(stream));
	back.dstPtr = packed(got);
	CUDA(cudaMemcpy3D(&back));
	for (int z = 0; z < D; z++)
		for (int y = 0; y < H; y++)
			for (int x = 0; x < W; x++) {
				int in = x >= 8 && x < 24 && y >= 1 && y < 6 && z >= 2 && z < 4;
				uint32_t want = in ? sent[((z - 1) * H + y + 1) * W + x - 4] : 0;

				CHECK(got[(z * H + y) * W + x] == want);
			}
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaSetDevice(0));
}

/* Into an array of the other device, whose elements are counted, and from there */
static void array(struct cudaPitchedPtr from)
{
	const struct cudaChannelFormatDesc format = { 32, 0, 0, 0, cudaChannelFormatKindUnsigned };
	struct cudaMemcpy3DPeerParms copy = {
		.srcPtr = from, .srcDevice = 0, .dstDevice = 1, .extent = { W, H, D },
	};
	struct cudaMemcpy3DPeerParms back = {
		.srcDevice = 1, .dstPtr = from, .dstDevice = 0, .extent = { W, H, D },
	};
	const struct cudaMemcpy3DParms home = { .srcPtr = from, .extent = all_of(4) };
	cudaArray_t on_one;

	CUDA(cudaSetDevice(1));
	CUDA(cudaMalloc3DArray(&on_one, &format, all_of(1), 0));
	CUDA(cudaSetDevice(0));
	copy.dstArray = back.srcArray = on_one;
	to_device(from);
	CUDA(cudaMemcpy3DPeer(&copy));
	CUDA(cudaMemset3D(from, 0, all_of(4)));
	CUDA(cudaMemcpy3DPeer(&back));
	CUDA(cudaDeviceSynchronize());
	expect_sent(home);
	CUDA(cudaSetDevice(1));
	CUDA(cudaFreeArray(on_one));
	CUDA(cudaSetDevice(0));
}

int main(void)
{
	struct cudaPitchedPtr on[2];
	struct cudaMemcpy3DPeerParms wrong;
	int count;

	CUDA(cudaGetDeviceCount(&count));
	if (count < 2)
		skip("there is one device only");
	sent = rng_bytes(N * 4);
	got = malloc(N * 4);
	CHECK(got);
	for (int d = 1; d >= 0; d--) {
		CUDA(cudaSetDevice(d));
		CUDA(cudaMalloc3D(&on[d], all_of(4)));
	}
	pitched(on[0], on[1]);
	part(on[0], on[1]);
	array(on[0]);
	wrong = (struct cudaMemcpy3DPeerParms){
		.srcPtr = on[0], .srcDevice = 0, .dstPtr = on[1], .dstDevice = count,
		.extent = all_of(4),
	};
	EXPECT(cudaErrorInvalidDevice, cudaMemcpy3DPeer(&wrong));
	EXPECT(cudaErrorInvalidDevice, cudaMemcpy3DPeerAsync(&wrong, NULL));
	CUDA(cudaFree(on[0].ptr));
	CUDA(cudaFree(on[1].ptr));
	return finish();
}
