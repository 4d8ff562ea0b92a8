#include "picture_files.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include <gtest/gtest.h>

#include <jpeglib.h>
#include <png.h>

namespace tandem {

std::string png_of(const Picture& picture) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(picture.columns);
    image.height = static_cast<png_uint_32>(picture.rows);
    image.format = PNG_FORMAT_RGB;
    png_alloc_size_t size = 0;
    EXPECT_NE(png_image_write_to_memory(&image, nullptr, &size, 0, picture.pixels.data(), 0, nullptr), 0);
    std::string bytes(size, '\0');
    EXPECT_NE(png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.pixels.data(), 0, nullptr),
              0);
    bytes.resize(size);
    return bytes;
}

std::string jpeg_of(const Picture& picture) {
    jpeg_compress_struct encoder{};
    jpeg_error_mgr errors{};
    encoder.err = jpeg_std_error(&errors);
    jpeg_create_compress(&encoder);
    unsigned char* buffer = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&encoder, &buffer, &size);
    encoder.image_width = static_cast<JDIMENSION>(picture.columns);
    encoder.image_height = static_cast<JDIMENSION>(picture.rows);
    encoder.input_components = 3;
    encoder.in_color_space = JCS_RGB;
    jpeg_set_defaults(&encoder);
    jpeg_set_quality(&encoder, 95, TRUE);
    jpeg_start_compress(&encoder, TRUE);
    std::string row;
    while (encoder.next_scanline < encoder.image_height) {
        const auto* const begin =
            picture.pixels.data() + std::size_t{encoder.next_scanline} * encoder.image_width * 3;
        row.assign(begin, begin + std::size_t{encoder.image_width} * 3);
        JSAMPROW line = reinterpret_cast<JSAMPROW>(row.data());
        jpeg_write_scanlines(&encoder, &line, 1);
    }
    jpeg_finish_compress(&encoder);
    jpeg_destroy_compress(&encoder);
    const std::unique_ptr<unsigned char, decltype(&std::free)> owner(buffer, &std::free);
    return {reinterpret_cast<const char*>(buffer), size};
}

} // namespace tandem
