#include "tandem/machine/microcontroller/resident_memory.h"

#include <gtest/gtest.h>

#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"

namespace tandem::microcontroller {
namespace {

ResidentElements elements_of(std::string_view topology) {
    const Topology& found = *find_topology(topology);
    return resident_elements(prepare_for_deployment(
        found.build({.input_shape = found.usual_input, .classes = found.usual_classes, .seed = 1})));
}

TEST(ResidentElements, AreThoseOfThePublishedNetworks) {
    EXPECT_EQ(elements_of("conv3"),
              (ResidentElements{.parameters = 89'578, .activations = 40'960, .buffer = 3'200}));
    EXPECT_EQ(elements_of("cnn-trad-fpool3"),
              (ResidentElements{.parameters = 245'548, .activations = 54'912, .buffer = 10'240}));
}

TEST(ResidentElements, CountBothOperandsOfAnAddAndTheVectorsOfADenseLayer) {
    // LeNet-5 on 28x28: relu1 moves 2 * 6 * 28 * 28; the first dense layer reads 400 values.
    const TopologyRequest request{.input_shape = {kBatch, 1, 28, 28}, .classes = 10, .seed = 1};
    EXPECT_EQ(resident_elements(prepare_for_deployment(find_topology("lenet5")->build(request))),
              (ResidentElements{.parameters = 61'706, .activations = 9'408, .buffer = 800}));
    // ResNet-8: an Add of the first stage reads two tensors of 16x28x28 and writes one; batch normalisation
    // is part of the layers: 77,754 parameters less a scale for each of its 336 channels.
    EXPECT_EQ(resident_elements(prepare_for_deployment(find_topology("resnet8")->build(request))),
              (ResidentElements{.parameters = 77'418, .activations = 37'632, .buffer = 2'304}));
}

TEST(ResidentKibibytes, RoundsUpWholeKibibytes) {
    const ResidentElements elements{.parameters = 1'000, .activations = 20, .buffer = 4};
    EXPECT_EQ(resident_kibibytes(elements, 8), 1);
    EXPECT_EQ(resident_kibibytes(elements, 9), 2);
    EXPECT_EQ(resident_kibibytes(elements, 16), 2);
}

} // namespace
} // namespace tandem::microcontroller
