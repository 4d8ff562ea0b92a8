#include "tandem/data/pictures.h"

#include <array>
#include <csetjmp>
#include <cstdio>

#include <fmt/format.h>

#include <jpeglib.h>

#include <jerror.h>
#include <png.h>

namespace tandem {

namespace {

/// Room for a picture of that size, or the refusal.
Result<Picture> picture_of(std::uint64_t rows, std::uint64_t columns, const std::string& file) {
    // Both come from 32-bit fields: their product does not overflow.
    if (rows * columns == 0 || rows * columns > static_cast<std::uint64_t>(kMostPicturePixels)) {
        return bad_input(file, "", fmt::format("a picture of {}x{} pixels", rows, columns),
                         fmt::format("1 to {} pixels", kMostPicturePixels));
    }
    Picture picture{
        .rows = static_cast<std::int64_t>(rows), .columns = static_cast<std::int64_t>(columns), .pixels = {}};
    picture.pixels.resize(rows * columns * 3);
    return picture;
}

/// libjpeg reports errors by a call that must not return.
struct JpegErrors {
    jpeg_error_mgr base;
    std::jmp_buf leave;
    std::array<char, JMSG_LENGTH_MAX> text;
};

[[noreturn]] void leave_jpeg(j_common_ptr decoder) {
    auto* const errors = reinterpret_cast<JpegErrors*>(decoder->err);
    decoder->err->format_message(decoder, errors->text.data());
    std::longjmp(errors->leave, 1);
}

/// Of the warnings (level below 0) those that say that pixels are missing, which libjpeg would paint over.
void heed_jpeg_warning(j_common_ptr decoder, int level) {
    const int code = decoder->err->msg_code;
    const bool lacks_pixels = code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE;
    if (level < 0 && lacks_pixels) leave_jpeg(decoder);
}

/// Between setjmp and longjmp nothing may be built that needs destruction, so these two steps have neither.
bool begin_jpeg(jpeg_decompress_struct& decoder, JpegErrors& errors, std::string_view bytes) {
    if (setjmp(errors.leave) != 0) return false;
    jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&decoder, TRUE);
    decoder.out_color_space = JCS_RGB;
    decoder.dct_method = JDCT_ISLOW;
    decoder.do_fancy_upsampling = TRUE;
    return true;
}

bool decode_rows(jpeg_decompress_struct& decoder, JpegErrors& errors, Picture& picture) {
    if (setjmp(errors.leave) != 0) return false;
    jpeg_start_decompress(&decoder);
    while (decoder.output_scanline < decoder.output_height) {
        JSAMPROW row =
            picture.pixels.data() + std::size_t{decoder.output_scanline} * decoder.output_width * 3;
        jpeg_read_scanlines(&decoder, &row, 1);
    }
    jpeg_finish_decompress(&decoder);
    return true;
}

} // namespace

Result<Picture> decode_png(std::string_view bytes, const std::string& file) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const auto refuse = [&] {
        const std::string text = image.message;
        png_image_free(&image);
        return bad_input(file, "", text, "a PNG picture");
    };
    if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) return refuse();
    image.format = PNG_FORMAT_RGB;
    Result<Picture> picture = picture_of(image.height, image.width, file);
    if (!picture) {
        png_image_free(&image);
        return picture;
    }
    if (png_image_finish_read(&image, nullptr, picture->pixels.data(), 0, nullptr) == 0) return refuse();
    return picture;
}

Result<Picture> decode_jpeg(std::string_view bytes, const std::string& file) {
    jpeg_decompress_struct decoder{};
    JpegErrors errors{};
    decoder.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = leave_jpeg;
    errors.base.emit_message = heed_jpeg_warning;
    jpeg_create_decompress(&decoder);
    Result<Picture> picture = begin_jpeg(decoder, errors, bytes)
                                  ? picture_of(decoder.image_height, decoder.image_width, file)
                                  : bad_input(file, "", errors.text.data(), "a JPEG picture");
    if (picture && !decode_rows(decoder, errors, *picture)) {
        picture = bad_input(file, "", errors.text.data(), "a JPEG picture");
    }
    jpeg_destroy_decompress(&decoder);
    return picture;
}

} // namespace tandem
