/* SPDX-License-Identifier: MIT */
/* What only PTX can say: txq, suq, offsets of tex, and sured, the reductions of surfaces */
#include "ptx.h"

#define W 32
#define H 8

static const char text[] =
	".version 6.4\n"
	".target sm_50\n"
	".address_size 64\n"
	".visible .entry query(.param .u64 texture, .param .u64 surface, .param .u64 out)\n"
	"{\n"
	"	.reg .b32 %r<8>;\n"
	"	.reg .b64 %rd<4>;\n"
	"	ld.param.u64 %rd1, [texture];\n"
	"	ld.param.u64 %rd2, [surface];\n"
	"	ld.param.u64 %rd3, [out];\n"
	"	txq.width.b32 %r1, [%rd1];\n"
	"	txq.height.b32 %r2, [%rd1];\n"
	"	suq.width.b32 %r3, [%rd2];\n"
	"	suq.height.b32 %r4, [%rd2];\n"
	"	st.global.u32 [%rd3], %r1;\n"
	"	st.global.u32 [%rd3+4], %r2;\n"
	"	st.global.u32 [%rd3+8], %r3;\n"
	"	st.global.u32 [%rd3+12], %r4;\n"
	"	ret;\n"
	"}\n"
	/* element (x + 1, y - 1) of the texture, read by its place, by two ways */
	".visible .entry offset(.param .u64 texture, .param .u64 out)\n"
	"{\n"
	"	.reg .b32 %r<16>;\n"
	"	.reg .f32 %f<4>;\n"
	"	.reg .b64 %rd<5>;\n"
	"	.reg .pred %p<2>;\n"
	"	ld.param.u64 %rd1, [texture];\n"
	"	ld.param.u64 %rd2, [out];\n"
	"	mov.u32 %r1, %tid.x;\n"
	"	cvt.rn.f32.u32 %f1, %r1;\n"
	"	add.f32 %f1, %f1, 0f3F000000;\n"
	"	mov.f32 %f2, 0f40600000;\n"
	"	mov.u32 %r2, 1;\n"
	"	mov.u32 %r3, -1;\n"
	"	tex.2d.v4.u32.f32 {%r4, %r5, %r6, %r7}, [%rd1, {%f1, %f2}], {%r2, %r3};\n"
	"	mul.wide.u32 %rd3, %r1, 4;\n"
	"	add.s64 %rd4, %rd2, %rd3;\n"
	"	st.global.u32 [%rd4], %r4;\n"
	/* only lanes of odd numbers read again, from row 5 */
	"	mov.u32 %r8, %r4;\n"
	"	and.b32 %r12, %r1, 1;\n"
	"	setp.eq.u32 %p1, %r12, 1;\n"
	"	mov.f32 %f3, 0f40B00000;\n"
	"	@%p1 tex.2d.v4.u32.f32 {%r8, %r9, %r10, %r11}, [%rd1, {%f1, %f3}];\n"
	"	st.global.u32 [%rd4+128], %r8;\n"
	"	ret;\n"
	"}\n"
	/* each thread adds its number to x = lane & 3, takes the largest and least at 4 and 5 */
	".visible .entry reduce(.param .u64 surface)\n"
	"{\n"
	"	.reg .b32 %r<8>;\n"
	"	.reg .b64 %rd<2>;\n"
	"	ld.param.u64 %rd1, [surface];\n"
	"	mov.u32 %r1, %tid.x;\n"
	"	and.b32 %r2, %r1, 3;\n"
	"	shl.b32 %r3, %r2, 2;\n"
	"	mov.u32 %r4, 0;\n"
	"	sured.b.add.2d.u32.trap [%rd1, {%r3, %r4}], %r1;\n"
	"	mov.u32 %r5, 16;\n"
	"	sured.b.max.2d.u32.trap [%rd1, {%r5, %r4}], %r1;\n"
	"	mov.u32 %r6, 20;\n"
	"	sub.s32 %r7, 0, %r1;\n"
	"	sured.b.min.2d.s32.trap [%rd1, {%r6, %r4}], %r7;\n"
	"	ret;\n"
	"}\n";

static CUmodule module;
static CUarray array;
static CUtexObject texture;
static CUsurfObject surface;

static void run(const char *name, unsigned int threads, void **parameters)
{
	CUfunction function;

	CU(cuModuleGetFunction(&function, module, name));
	CU(cuLaunchKernel(function, 1, 1, 1, threads, 1, 1, 0, NULL, parameters, NULL));
	CU(cuCtxSynchronize());
}

static void array_copy(void *host, int to_array)
{
	CUDA_MEMCPY2D copy = { .WidthInBytes = W * 4, .Height = H };

	copy.srcMemoryType = to_array ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_ARRAY;
	copy.dstMemoryType = to_array ? CU_MEMORYTYPE_ARRAY : CU_MEMORYTYPE_HOST;
	copy.srcHost = copy.dstHost = host;
	copy.srcPitch = copy.dstPitch = W * 4;
	copy.srcArray = copy.dstArray = array;
	CU(cuMemcpy2D(&copy));
}

static void objects(void)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor = {
		.Width = W, .Height = H, .Format = CU_AD_FORMAT_UNSIGNED_INT32, .NumChannels = 1,
		.Flags = CUDA_ARRAY3D_SURFACE_LDST,
	};
	CUDA_RESOURCE_DESC resource = { .resType = CU_RESOURCE_TYPE_ARRAY };
	CUDA_TEXTURE_DESC desc = { .flags = CU_TRSF_READ_AS_INTEGER };

	desc.addressMode[0] = desc.addressMode[1] = CU_TR_ADDRESS_MODE_CLAMP;
	CU(cuArray3DCreate(&array, &descriptor));
	resource.res.array.hArray = array;
	CU(cuTexObjectCreate(&texture, &resource, &desc, NULL));
	CU(cuSurfObjectCreate(&surface, &resource));
}

int main(void)
{
	uint32_t host[H][W], got[2 * W], want[2 * W];
	CUdeviceptr dev;

	ptx_context();
	CU(cuModuleLoadData(&module, text));
	CU(cuMemAlloc(&dev, sizeof(got)));
	objects();
	rng_fill(host, sizeof(host));
	array_copy(host, 1);

	run("query", 1, (void *[]){ &texture, &surface, &dev });
	CU(cuMemcpyDtoH(got, dev, 16));
	CHECK(got[0] == W && got[1] == H && got[2] == W && got[3] == H);

	run("offset", W, (void *[]){ &texture, &dev });
	CU(cuMemcpyDtoH(got, dev, sizeof(got)));
	for (int x = 0; x < W; x++) {
		want[x] = host[2][x < W - 1 ? x + 1 : W - 1];
		want[W + x] = x & 1 ? host[5][x] : want[x];
	}
	CHECK_SAME(got, want, sizeof(got));

	memset(host, 0, sizeof(host));
	array_copy(host, 1);
	run("reduce", 64, (void *[]){ &surface });
	array_copy(host, 0);
	for (uint32_t x = 0; x < 4; x++)
		CHECK(host[0][x] == 16 * x + 4 * (15 * 16 / 2));
	CHECK(host[0][4] == 63 && host[0][5] == (uint32_t)-63 && host[0][6] == 0);
	puts("all as PTX says");

	CU(cuTexObjectDestroy(texture));
	CU(cuSurfObjectDestroy(surface));
	CU(cuArrayDestroy(array));
	CU(cuMemFree(dev));
	CU(cuModuleUnload(module));
	return finish();
}
