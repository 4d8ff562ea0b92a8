// The generators of the reference topologies; topologies.cpp lists them.
#pragma once

#include <array>

#include "tandem/network/topologies/topologies.h"

namespace tandem::topologies {

/// He et al. 2016, table 1: blocks a stage, with or without bottlenecks.
struct ImagenetResnet {
    int depth;
    std::array<int, 4> blocks;
    bool has_bottlenecks;
};

Network build_alexnet(const TopologyRequest& request);
Network build_cnn_trad_fpool3(const TopologyRequest& request);
Network build_cnn_trad_fpool3_mfcc(const TopologyRequest& request);
Network build_cnv(const TopologyRequest& request);
Network build_conv3(const TopologyRequest& request);
Network build_cifar_resnet(const TopologyRequest& request, int depth); ///< depth 6n + 2
Network build_deeplabv3_mobilenetv2(const TopologyRequest& request);
Network build_dscnn(const TopologyRequest& request);
Network build_expression9(const TopologyRequest& request);
Network build_imagenet_resnet(const TopologyRequest& request, const ImagenetResnet& plan);
Network build_inception3a(const TopologyRequest& request);
Network build_lenet5(const TopologyRequest& request);
Network build_mobilenetv1(const TopologyRequest& request);
Network build_mobilenetv2(const TopologyRequest& request);
Network build_resnet8(const TopologyRequest& request);
Network build_resnet9(const TopologyRequest& request);
Network build_resnet9_quarter(const TopologyRequest& request);
Network build_squeezenet11(const TopologyRequest& request);
Network build_vgg16(const TopologyRequest& request);

} // namespace tandem::topologies
