// Issues the pairs of bit planes of every tile, most significant slice first, so that an accumulator
// only ever shifts left. Runs 2 cycles for a column's token; and for a tile 3 cycles for its tokens, then for
// each pair of planes one cycle a word and BUBBLE more, then BUBBLE more.
module bitserial_sequencer #(
    parameter ADDRESS_BITS = 10,
    parameter BUBBLE = 8
) (
    input wire clock,
    input wire reset,
    input wire start,
    // What to multiply: in tiles, words, planes. Steady while busy.
    input wire [15:0] tile_rows,
    input wire [15:0] tile_columns,
    input wire [ADDRESS_BITS:0] words,
    input wire [3:0] left_bits,
    input wire [3:0] right_bits,
    input wire left_signed,
    input wire right_signed,
    // Stripes that lie in a buffer, one behind the other; (planes - 1) * words, the most significant plane's place.
    input wire [2:0] left_slots,
    input wire [2:0] right_slots,
    input wire [ADDRESS_BITS:0] left_top,
    input wire [ADDRESS_BITS:0] right_top,
    // A stripe is there; there is room for results.
    input wire left_token,
    input wire right_token,
    input wire result_token,
    output wire left_taken,
    output wire right_taken,
    output wire left_done,
    output wire right_done,
    output wire busy,
    // To the buffers, and what the accumulators do with the words once they arrive.
    output reg [ADDRESS_BITS-1:0] left_address,
    output reg [ADDRESS_BITS-1:0] right_address,
    output reg accumulate,
    output reg clear,
    output reg shift,
    output reg negate,
    output reg last
);
    localparam IDLE = 3'd0;
    localparam COLUMN = 3'd1;
    localparam TOKENS = 3'd2;
    localparam ISSUE = 3'd3;
    localparam GAP = 3'd4;
    localparam DRAIN = 3'd5;
    localparam [7:0] LAST_BUBBLE = BUBBLE == 0 ? 0 : BUBBLE - 1;

    reg [2:0] state;
    reg [7:0] count;
    reg [15:0] row;
    reg [15:0] column;
    reg [2:0] left_slot;
    reg [2:0] right_slot;
    reg [ADDRESS_BITS:0] left_base;
    reg [ADDRESS_BITS:0] right_base;
    reg [ADDRESS_BITS:0] word;
    // The pair in work, and the one that began its slice; planes and where they lie in the stripe.
    reg [3:0] left_plane;
    reg [3:0] right_plane;
    reg [3:0] slice_left_plane;
    reg [3:0] slice_right_plane;
    reg [ADDRESS_BITS:0] left_offset;
    reg [ADDRESS_BITS:0] right_offset;
    reg [ADDRESS_BITS:0] slice_left_offset;
    reg [ADDRESS_BITS:0] slice_right_offset;
    reg begins_tile;
    reg begins_slice;

    wire is_last_word = word + 1'b1 == words;
    wire ends_slice = left_plane == 0 || right_plane + 1'b1 == right_bits;
    wire ends_tile = ends_slice && slice_left_plane == 0 && slice_right_plane == 0;
    wire is_last_row = row + 1'b1 == tile_rows;
    wire is_last_column = column + 1'b1 == tile_columns;

    assign busy = state != IDLE;
    assign right_taken = state == COLUMN && count == 1 && right_token;
    assign left_taken = state == TOKENS && count == 2 && left_token && result_token;
    wire tile_is_done = BUBBLE == 0 ? state == ISSUE && is_last_word && ends_tile
                                    : state == DRAIN && count == LAST_BUBBLE;
    assign left_done = tile_is_done;
    assign right_done = tile_is_done && is_last_row;

    // Sums of places, one bit wider than an address: a stripe may end where the buffer does.
    wire [ADDRESS_BITS:0] left_place = left_base + left_offset + word;
    wire [ADDRESS_BITS:0] right_place = right_base + right_offset + word;

    always @(posedge clock) begin
        accumulate <= state == ISSUE;
        clear <= begins_tile && word == 0;
        shift <= begins_slice && word == 0;
        negate <= (left_signed && left_plane + 1'b1 == left_bits) != (right_signed && right_plane + 1'b1 == right_bits);
        last <= state == ISSUE && is_last_word && ends_tile;
        left_address <= left_place[ADDRESS_BITS-1:0];
        right_address <= right_place[ADDRESS_BITS-1:0];

        case (state)
            IDLE: begin
                row <= 0;
                column <= 0;
                count <= 0;
                left_slot <= 0;
                right_slot <= 0;
                left_base <= 0;
                right_base <= 0;
                if (start) state <= COLUMN;
            end
            COLUMN: begin
                if (count == 0) count <= 1;
                else if (right_token) begin
                    count <= 0;
                    state <= TOKENS;
                end
            end
            TOKENS: begin
                word <= 0;
                left_plane <= left_bits - 1'b1;
                right_plane <= right_bits - 1'b1;
                slice_left_plane <= left_bits - 1'b1;
                slice_right_plane <= right_bits - 1'b1;
                left_offset <= left_top;
                right_offset <= right_top;
                slice_left_offset <= left_top;
                slice_right_offset <= right_top;
                begins_tile <= 1;
                begins_slice <= 0;
                if (count != 2) count <= count + 1'b1;
                else if (left_token && result_token) begin
                    count <= 0;
                    state <= ISSUE;
                end
            end
            ISSUE: begin
                word <= word + 1'b1;
                if (is_last_word) begin
                    word <= 0;
                    count <= 0;
                    begins_tile <= 0;
                    begins_slice <= ends_slice;
                    if (!ends_slice) begin
                        left_plane <= left_plane - 1'b1;
                        right_plane <= right_plane + 1'b1;
                        left_offset <= left_offset - words;
                        right_offset <= right_offset + words;
                    end else if (slice_right_plane != 0) begin
                        slice_right_plane <= slice_right_plane - 1'b1;
                        slice_right_offset <= slice_right_offset - words;
                        right_plane <= slice_right_plane - 1'b1;
                        right_offset <= slice_right_offset - words;
                        left_plane <= slice_left_plane;
                        left_offset <= slice_left_offset;
                    end else begin
                        slice_left_plane <= slice_left_plane - 1'b1;
                        slice_left_offset <= slice_left_offset - words;
                        left_plane <= slice_left_plane - 1'b1;
                        left_offset <= slice_left_offset - words;
                        right_plane <= 0;
                        right_offset <= 0;
                    end
                    if (BUBBLE != 0) begin
                        state <= GAP;
                        if (ends_tile) begins_tile <= 1; // kept through the gap, to know where to go after it
                    end
                end
            end
            GAP: begin
                count <= count + 1'b1;
                if (count == LAST_BUBBLE) begin
                    count <= 0;
                    state <= begins_tile ? DRAIN : ISSUE;
                end
            end
            DRAIN: count <= count + 1'b1;
            default: state <= IDLE;
        endcase

        if (tile_is_done) begin
            count <= 0;
            row <= is_last_row ? 16'd0 : row + 1'b1;
            left_slot <= left_slot + 1'b1 == left_slots ? 3'd0 : left_slot + 1'b1;
            left_base <= left_slot + 1'b1 == left_slots ? {(ADDRESS_BITS+1){1'b0}} : left_base + left_top + words;
            if (is_last_row) begin
                column <= column + 1'b1;
                right_slot <= right_slot + 1'b1 == right_slots ? 3'd0 : right_slot + 1'b1;
                right_base <= right_slot + 1'b1 == right_slots ? {(ADDRESS_BITS+1){1'b0}} : right_base + right_top + words;
            end
            state <= !is_last_row ? TOKENS : !is_last_column ? COLUMN : IDLE;
        end
        if (reset) begin
            state <= IDLE;
            accumulate <= 0;
            last <= 0;
        end
    end
endmodule
