/* SPDX-License-Identifier: MIT */
/*
 * old.c - earlier names of functions, for programs built long ago
 *
 * Those of graphs, captures and values in streams are in softgpu/old.c.
 *
 * Only those whose parameters a program of today's word size could mean; the
 * others are of a time when device pointers had 32 bits, and absent.
 */
#include "qcu-library/cuda/api.h"

#define OLD(name, params, call) \
	CUresult CUDAAPI name params { return call; }

OLD(cuStreamDestroy, (CUstream stream), cuStreamDestroy_v2(stream))
OLD(cuEventDestroy, (CUevent event), cuEventDestroy_v2(event))
OLD(cuEventElapsedTime, (float *ms, CUevent start, CUevent end),
    cuEventElapsedTime_v2(ms, start, end))
OLD(cuLinkCreate,
    (unsigned int n, CUjit_option *options, void **values, CUlinkState *state),
    cuLinkCreate_v2(n, options, values, state))
OLD(cuLinkAddData,
    (CUlinkState state, CUjitInputType type, void *data, size_t size, const char *name,
     unsigned int n, CUjit_option *options, void **values),
    cuLinkAddData_v2(state, type, data, size, name, n, options, values))
OLD(cuLinkAddFile,
    (CUlinkState state, CUjitInputType type, const char *path, unsigned int n,
     CUjit_option *options, void **values),
    cuLinkAddFile_v2(state, type, path, n, options, values))
OLD(cuCtxCreate, (CUcontext *ctx, unsigned int flags, CUdevice dev),
    cuCtxCreate_v2(ctx, flags, dev))
OLD(cuCtxDestroy, (CUcontext ctx), cuCtxDestroy_v2(ctx))
OLD(cuCtxPushCurrent, (CUcontext ctx), cuCtxPushCurrent_v2(ctx))
OLD(cuCtxPopCurrent, (CUcontext *ctx), cuCtxPopCurrent_v2(ctx))
OLD(cuDevicePrimaryCtxRelease, (CUdevice dev), cuDevicePrimaryCtxRelease_v2(dev))
OLD(cuDevicePrimaryCtxReset, (CUdevice dev), cuDevicePrimaryCtxReset_v2(dev))
OLD(cuDevicePrimaryCtxSetFlags, (CUdevice dev, unsigned int flags),
    cuDevicePrimaryCtxSetFlags_v2(dev, flags))
OLD(cuDeviceGetUuid, (CUuuid *uuid, CUdevice dev), cuDeviceGetUuid_v2(uuid, dev))
OLD(cuTexRefSetAddress2D_v2,
    (CUtexref reference, const CUDA_ARRAY_DESCRIPTOR *desc, CUdeviceptr address, size_t pitch),
    cuTexRefSetAddress2D_v3(reference, desc, address, pitch))
OLD(cuMemHostRegister, (void *p, size_t bytes, unsigned int flags),
    cuMemHostRegister_v2(p, bytes, flags))
