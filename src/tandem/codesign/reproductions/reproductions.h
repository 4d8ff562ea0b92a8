// Every reproduction, one file each in this folder; reproduction.cpp lists them.
#pragma once

#include "tandem/codesign/reproduction.h"

namespace tandem::reproductions {

Result<std::vector<ReproducedFigure>> reproduce_anaconga_models(const ReproductionContext& context,
                                                                Progress& progress);
Result<std::vector<ReproducedFigure>> reproduce_eyeriss_alexnet(const ReproductionContext& context,
                                                                Progress& progress);
Result<std::vector<ReproducedFigure>> reproduce_hwflowq_baselines(const ReproductionContext& context,
                                                                  Progress& progress);
Result<std::vector<ReproducedFigure>> reproduce_paq_memory(const ReproductionContext& context,
                                                           Progress& progress);
Result<std::vector<ReproducedFigure>> reproduce_search_quality(const ReproductionContext& context,
                                                               Progress& progress);
Result<std::vector<ReproducedFigure>> reproduce_supernet_resnet20(const ReproductionContext& context,
                                                                  Progress& progress);
Result<std::vector<ReproducedFigure>> reproduce_supernet_resnet8(const ReproductionContext& context,
                                                                 Progress& progress);

} // namespace tandem::reproductions
