// What the float and the fast integer kernels share of oneDNN: the engine, one thread, and copies
// between layouts. Included by the engine's kernels only; no header for others names these types.
#pragma once

#include <unordered_map>

#include <omp.h>

#include <dnnl.hpp>

#include "tandem/core/processor.h"
#include "tandem/engine/instruction_set.h"

namespace tandem::onednn {

/// Debian's oneDNN runs its own OpenMP team in every call. Parallelism is ours (core/parallel.h), so
/// the calling thread is held to a team of one while this lives.
class OneThread {
  public:
    OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
    ~OneThread() { omp_set_num_threads(before_); }
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

  private:
    int before_;
};

/// The most that oneDNN may use under an instruction set; it has nothing below SSE 4.1.
inline dnnl::cpu_isa allowed_by(InstructionSet set) {
    switch (set) {
    case InstructionSet::scalar: return dnnl::cpu_isa::sse41;
    case InstructionSet::avx2: return dnnl::cpu_isa::avx2;
    case InstructionSet::avx512_vnni: return dnnl::cpu_isa::avx512_core_vnni;
    case InstructionSet::amx: return dnnl::cpu_isa::all;
    }
    return dnnl::cpu_isa::all;
}

/// The processor as oneDNN names it. Immutable; primitives of all threads may share it.
inline const dnnl::engine& cpu() {
    static const dnnl::engine kEngine = [] {
        // Before anything asks the library what the processor has. Unless we are told, that is its own to
        // find out; but it would use tiles that it cannot size.
        const InstructionSet allowed = allowed_instruction_set().value_or(InstructionSet::amx);
        if (allowed != InstructionSet::amx) {
            dnnl::set_max_cpu_isa(allowed_by(allowed));
        } else if (tile_support() == TileSupport::undescribed) {
            dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx512_core_bf16);
        }
        return dnnl::engine(dnnl::engine::kind::cpu, 0);
    }();
    return kEngine;
}

/// Runs a primitive to its end.
inline void execute(const dnnl::primitive& primitive,
                    const std::unordered_map<int, dnnl::memory>& arguments) {
    dnnl::stream stream(cpu());
    primitive.execute(stream, arguments);
    stream.wait();
}

/// The same contents in another layout; the memory itself where the layout is that already.
inline dnnl::memory in_layout(const dnnl::memory& memory, const dnnl::memory::desc& layout) {
    if (memory.get_desc() == layout) return memory;
    dnnl::memory result(layout, cpu());
    execute(dnnl::reorder(memory, result), {{DNNL_ARG_FROM, memory}, {DNNL_ARG_TO, result}});
    return result;
}

} // namespace tandem::onednn
