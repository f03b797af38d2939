/* SPDX-License-Identifier: MIT */
/*
 * Texture and surface references: variables of a module that PTX names and the program binds to
 * linear memory, pitched memory, an array or a mipmapped array, and binds anew between launches
 */
#include "ptx.h"

/* cuda.h calls all of this deprecated */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/* What CUDA does not promise is only printed */
#define SHOW_CU(call) printf("%s = %s\n", #call, cu_name(call))

#define W 32
#define H 8

static const char text[] =
	".version 6.4\n"
	".target sm_50\n"
	".address_size 64\n"
	".visible .global .texref image;\n"
	".visible .global .texref line;\n"
	".visible .global .surfref board;\n"
	".visible .global .align 4 .u32 number;\n"
	/* out[y * W + x] = element (x, y) of image, read at its centre; a block is a row */
	".visible .entry read_image(.param .u64 out, .param .f32 scale_x, .param .f32 scale_y)\n"
	"{\n"
	"	.reg .b32 %r<8>;\n"
	"	.reg .f32 %f<12>;\n"
	"	.reg .b64 %rd<4>;\n"
	"	ld.param.u64 %rd1, [out];\n"
	"	ld.param.f32 %f9, [scale_x];\n"
	"	ld.param.f32 %f10, [scale_y];\n"
	"	mov.u32 %r1, %tid.x;\n"
	"	mov.u32 %r2, %ctaid.x;\n"
	"	mov.u32 %r3, %ntid.x;\n"
	"	cvt.rn.f32.u32 %f1, %r1;\n"
	"	cvt.rn.f32.u32 %f2, %r2;\n"
	"	add.f32 %f1, %f1, 0f3F000000;\n"
	"	add.f32 %f2, %f2, 0f3F000000;\n"
	"	mul.f32 %f1, %f1, %f9;\n"
	"	mul.f32 %f2, %f2, %f10;\n"
	"	tex.2d.v4.f32.f32 {%f3, %f4, %f5, %f6}, [image, {%f1, %f2}];\n"
	"	mad.lo.u32 %r4, %r2, %r3, %r1;\n"
	"	mul.wide.u32 %rd2, %r4, 4;\n"
	"	add.s64 %rd3, %rd1, %rd2;\n"
	"	st.global.f32 [%rd3], %f3;\n"
	"	ret;\n"
	"}\n"
	/* out[i] = element i + first of line */
	".visible .entry read_line(.param .u64 out, .param .u32 first)\n"
	"{\n"
	"	.reg .b32 %r<8>;\n"
	"	.reg .b64 %rd<4>;\n"
	"	ld.param.u64 %rd1, [out];\n"
	"	ld.param.u32 %r1, [first];\n"
	"	mov.u32 %r2, %tid.x;\n"
	"	add.u32 %r3, %r1, %r2;\n"
	"	tex.1d.v4.u32.s32 {%r4, %r5, %r6, %r7}, [line, {%r3}];\n"
	"	mul.wide.u32 %rd2, %r2, 4;\n"
	"	add.s64 %rd3, %rd1, %rd2;\n"
	"	st.global.u32 [%rd3], %r4;\n"
	"	ret;\n"
	"}\n"
	/* element (x, y) of board becomes its double; a block is a row */
	".visible .entry double_board()\n"
	"{\n"
	"	.reg .b32 %r<8>;\n"
	"	mov.u32 %r1, %tid.x;\n"
	"	shl.b32 %r2, %r1, 2;\n"
	"	mov.u32 %r3, %ctaid.x;\n"
	"	suld.b.2d.b32.trap {%r4}, [board, {%r2, %r3}];\n"
	"	add.u32 %r5, %r4, %r4;\n"
	"	sust.b.2d.b32.trap [board, {%r2, %r3}], {%r5};\n"
	"	ret;\n"
	"}\n";

static CUmodule module;
static CUfunction read_image, read_line, double_board;
static CUtexref image, line;
static CUdeviceptr out;
static float pixels[W * H];
static uint32_t words[W * H];

static void array_copy(CUarray array, void *host, int to_array)
{
	CUDA_MEMCPY2D copy = { .WidthInBytes = W * 4, .Height = H };

	copy.srcMemoryType = to_array ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_ARRAY;
	copy.dstMemoryType = to_array ? CU_MEMORYTYPE_ARRAY : CU_MEMORYTYPE_HOST;
	copy.srcHost = copy.dstHost = host;
	copy.srcPitch = copy.dstPitch = W * 4;
	copy.srcArray = copy.dstArray = array;
	CU(cuMemcpy2D(&copy));
}

static CUarray new_array(CUarray_format format, unsigned int flags, void *host)
{
	const CUDA_ARRAY3D_DESCRIPTOR descriptor = {
		.Width = W, .Height = H, .Format = format, .NumChannels = 1, .Flags = flags,
	};
	CUarray array;

	CU(cuArray3DCreate(&array, &descriptor));
	array_copy(array, host, 1);
	return array;
}

static void launch_image(float scale_x, float scale_y)
{
	void *params[] = { &out, &scale_x, &scale_y };

	CU(cuLaunchKernel(read_image, H, 1, 1, W, 1, 1, 0, NULL, params, NULL));
}

static void expect_image(const float *want)
{
	float got[W * H];

	CU(cuMemcpyDtoH(got, out, sizeof(got)));
	CHECK_SAME(got, want, sizeof(got));
}

static void expect_line(unsigned int first, const uint32_t *want)
{
	void *params[] = { &out, &first };
	uint32_t got[W];

	CU(cuLaunchKernel(read_line, 1, 1, 1, W, 1, 1, 0, NULL, params, NULL));
	CU(cuMemcpyDtoH(got, out, sizeof(got)));
	CHECK_SAME(got, want, sizeof(got));
}

/* What is said of a reference before anything has been set */
static void at_first(void)
{
	CUaddress_mode mode[3];
	CUmipmappedArray mipmap;
	CUarray_format format;
	CUfilter_mode filter, between;
	unsigned int flags;
	float border[4], bias, least, most;
	int channels, anisotropy;
	CUdeviceptr address;
	CUarray array;
	CUtexref again;

	for (int d = 0; d < 3; d++)
		CU(cuTexRefGetAddressMode(&mode[d], image, d));
	CU(cuTexRefGetFilterMode(&filter, image));
	CU(cuTexRefGetMipmapFilterMode(&between, image));
	CU(cuTexRefGetFormat(&format, &channels, image));
	CU(cuTexRefGetFlags(&flags, image));
	CU(cuTexRefGetMaxAnisotropy(&anisotropy, image));
	CU(cuTexRefGetMipmapLevelBias(&bias, image));
	CU(cuTexRefGetMipmapLevelClamp(&least, &most, image));
	CU(cuTexRefGetBorderColor(border, image));
	printf("address modes %d %d %d, filters %d %d, format %d x %d, flags %u\n", mode[0], mode[1],
	       mode[2], filter, between, format, channels, flags);
	printf("anisotropy %d, bias %g, levels %g to %g, border %g %g %g %g\n", anisotropy, bias,
	       least, most, border[0], border[1], border[2], border[3]);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuTexRefGetArray(&array, image));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuTexRefGetMipmappedArray(&mipmap, image));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuTexRefGetAddress(&address, image));
	CU(cuModuleGetTexRef(&again, module, "image"));
	CHECK(again == image);
	EXPECT_CU(CUDA_ERROR_NOT_FOUND, cuModuleGetTexRef(&again, module, "nothing"));
	SHOW_CU(cuModuleGetTexRef(&again, module, "number"));
	SHOW_CU(cuModuleGetTexRef(&again, module, "board"));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuModuleGetTexRef(NULL, module, "image"));
}

/* What was set is said again */
static void settings(void)
{
	float border[4] = { 0.25f, 0.5f, 0.75f, 1 }, said[4], bias, least, most;
	CUaddress_mode mode;
	CUfilter_mode filter;
	int anisotropy;

	CU(cuTexRefSetAddressMode(line, 1, CU_TR_ADDRESS_MODE_BORDER));
	CU(cuTexRefGetAddressMode(&mode, line, 1));
	CHECK(mode == CU_TR_ADDRESS_MODE_BORDER);
	CU(cuTexRefSetBorderColor(line, border));
	CU(cuTexRefGetBorderColor(said, line));
	CHECK_SAME(said, border, sizeof(border));
	CU(cuTexRefSetMipmapFilterMode(line, CU_TR_FILTER_MODE_LINEAR));
	CU(cuTexRefGetMipmapFilterMode(&filter, line));
	CHECK(filter == CU_TR_FILTER_MODE_LINEAR);
	CU(cuTexRefSetMipmapLevelBias(line, 0.5f));
	CU(cuTexRefGetMipmapLevelBias(&bias, line));
	CU(cuTexRefSetMipmapLevelClamp(line, 1, 3));
	CU(cuTexRefGetMipmapLevelClamp(&least, &most, line));
	CU(cuTexRefSetMaxAnisotropy(line, 4));
	CU(cuTexRefGetMaxAnisotropy(&anisotropy, line));
	CHECK(bias == 0.5f && least == 1 && most == 3 && anisotropy == 4);
	SHOW_CU(cuTexRefSetAddressMode(line, 0, (CUaddress_mode)17));
	SHOW_CU(cuTexRefSetAddressMode(line, 3, CU_TR_ADDRESS_MODE_WRAP));
	SHOW_CU(cuTexRefSetFilterMode(line, (CUfilter_mode)17));
	SHOW_CU(cuTexRefSetFormat(line, CU_AD_FORMAT_FLOAT, 3));
}

static void arrays(void)
{
	float other[W * H], doubled[W * H];
	CUarray first = new_array(CU_AD_FORMAT_FLOAT, 0, pixels), second, said;
	CUfilter_mode filter;
	CUarray_format format;
	unsigned int flags;
	int channels;

	for (int i = 0; i < W * H; i++) {
		other[i] = rng_float();
		doubled[i] = pixels[i / W / 2 * W + i % W / 2];
	}
	second = new_array(CU_AD_FORMAT_FLOAT, 0, other);
	SHOW_CU(cuTexRefSetArray(image, first, 0));
	CU(cuTexRefSetArray(image, first, CU_TRSA_OVERRIDE_FORMAT));
	CU(cuTexRefSetFilterMode(image, CU_TR_FILTER_MODE_POINT));
	CU(cuTexRefSetFlags(image, 0));
	CU(cuTexRefGetFilterMode(&filter, image));
	CU(cuTexRefGetFlags(&flags, image));
	CU(cuTexRefGetFormat(&format, &channels, image));
	CHECK(filter == CU_TR_FILTER_MODE_POINT && !flags);
	CHECK(format == CU_AD_FORMAT_FLOAT && channels == 1);
	CU(cuTexRefGetArray(&said, image));
	CHECK(said == first);
	CU(cuParamSetTexRef(read_image, CU_PARAM_TR_DEFAULT, image));
	launch_image(1, 1);
	/* Binding does not wait, and what has been launched reads what was bound then */
	CU(cuTexRefSetArray(image, second, CU_TRSA_OVERRIDE_FORMAT));
	expect_image(pixels);
	launch_image(1, 1);
	expect_image(other);
	CU(cuTexRefSetArray(image, first, CU_TRSA_OVERRIDE_FORMAT));
	launch_image(0.5f, 0.5f);
	expect_image(doubled);
	/* Between 0 and 1, and beyond it from the start */
	CU(cuTexRefSetFlags(image, CU_TRSF_NORMALIZED_COORDINATES));
	for (int d = 0; d < 2; d++)
		CU(cuTexRefSetAddressMode(image, d, CU_TR_ADDRESS_MODE_WRAP));
	launch_image(1.0f / W, 1.0f / H);
	expect_image(pixels);
	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++)
			doubled[y * W + x] = pixels[y * W + (2 * x + 1) % W];
	launch_image(2.0f / W, 1.0f / H);
	expect_image(doubled);
	CU(cuTexRefSetFlags(image, 0));
	CU(cuArrayDestroy(first));
	CU(cuArrayDestroy(second));
}

static void pitched(void)
{
	CUDA_ARRAY_DESCRIPTOR desc = {
		.Width = W, .Height = H, .Format = CU_AD_FORMAT_FLOAT, .NumChannels = 1,
	};
	CUDA_MEMCPY2D copy = {
		.srcMemoryType = CU_MEMORYTYPE_HOST, .srcHost = pixels, .srcPitch = W * 4,
		.dstMemoryType = CU_MEMORYTYPE_DEVICE, .WidthInBytes = W * 4, .Height = H,
	};
	CUdeviceptr memory, said;
	size_t pitch;

	CU(cuMemAllocPitch(&memory, &pitch, W * 4, H, 4));
	copy.dstDevice = memory;
	copy.dstPitch = pitch;
	CU(cuMemcpy2D(&copy));
	CU(cuTexRefSetAddress2D(image, &desc, memory, pitch));
	CU(cuTexRefGetAddress(&said, image));
	CHECK(said == memory);
	launch_image(1, 1);
	expect_image(pixels);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuTexRefSetAddress2D(image, &desc, memory + 4, pitch));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuTexRefSetAddress2D(image, &desc, memory, pitch + 1));
	CU(cuMemFree(memory));
}

static void linear(void)
{
	CUdeviceptr memory, said;
	size_t offset = 1;

	CU(cuMemAlloc(&memory, sizeof(words)));
	CU(cuMemcpyHtoD(memory, words, sizeof(words)));
	CU(cuTexRefSetFormat(line, CU_AD_FORMAT_UNSIGNED_INT32, 1));
	CU(cuTexRefSetFlags(line, CU_TRSF_READ_AS_INTEGER));
	CU(cuTexRefSetAddress(&offset, line, memory, sizeof(words)));
	CHECK(!offset);
	CU(cuTexRefGetAddress(&said, line));
	CHECK(said == memory);
	expect_line(0, words);
	expect_line(100, words + 100);
	/* From the middle of an allocation on: the offset says where that is */
	CU(cuTexRefSetAddress(&offset, line, memory + 40 * 4, W * 4));
	expect_line((unsigned int)offset / 4, words + 40);
	CU(cuMemFree(memory));
}

static void surface(void)
{
	CUarray plain = new_array(CU_AD_FORMAT_UNSIGNED_INT32, 0, words), said;
	CUarray array = new_array(CU_AD_FORMAT_UNSIGNED_INT32, CUDA_ARRAY3D_SURFACE_LDST, words);
	uint32_t got[W * H];
	CUsurfref board, again;

	CU(cuModuleGetSurfRef(&board, module, "board"));
	CU(cuModuleGetSurfRef(&again, module, "board"));
	CHECK(board == again);
	EXPECT_CU(CUDA_ERROR_NOT_FOUND, cuModuleGetSurfRef(&again, module, "nothing"));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuSurfRefGetArray(&said, board));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuSurfRefSetArray(board, plain, 0));
	SHOW_CU(cuSurfRefSetArray(board, array, 1));
	CU(cuSurfRefSetArray(board, array, 0));
	CU(cuSurfRefGetArray(&said, board));
	CHECK(said == array);
	CU(cuLaunchKernel(double_board, H, 1, 1, W, 1, 1, 0, NULL, NULL, NULL));
	array_copy(array, got, 0);
	for (int i = 0; i < W * H; i++)
		CHECK(got[i] == 2 * words[i]);
	CU(cuArrayDestroy(plain));
	CU(cuArrayDestroy(array));
}

/* References of no module, and levels */
static void created(void)
{
	const CUDA_ARRAY3D_DESCRIPTOR descriptor = {
		.Width = W, .Height = H, .Format = CU_AD_FORMAT_FLOAT, .NumChannels = 1,
	};
	CUmipmappedArray mipmap, said;
	CUtexref reference;
	CUarray array;

	CU(cuMipmappedArrayCreate(&mipmap, &descriptor, 3));
	CU(cuTexRefCreate(&reference));
	CU(cuTexRefSetMipmappedArray(reference, mipmap, CU_TRSA_OVERRIDE_FORMAT));
	CU(cuTexRefGetMipmappedArray(&said, reference));
	CHECK(said == mipmap);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuTexRefGetArray(&array, reference));
	CU(cuTexRefDestroy(reference));
	CU(cuMipmappedArrayDestroy(mipmap));
}

int main(void)
{
	ptx_context();
	for (int i = 0; i < W * H; i++)
		pixels[i] = rng_float();
	rng_fill(words, sizeof(words));
	CU(cuModuleLoadData(&module, text));
	CU(cuModuleGetFunction(&read_image, module, "read_image"));
	CU(cuModuleGetFunction(&read_line, module, "read_line"));
	CU(cuModuleGetFunction(&double_board, module, "double_board"));
	NEEDS_CU(cuModuleGetTexRef(&image, module, "image"));
	CU(cuModuleGetTexRef(&line, module, "line"));
	CU(cuMemAlloc(&out, sizeof(pixels)));
	at_first();
	settings();
	arrays();
	pitched();
	linear();
	surface();
	created();
	CU(cuMemFree(out));
	CU(cuModuleUnload(module));
	return finish();
}
