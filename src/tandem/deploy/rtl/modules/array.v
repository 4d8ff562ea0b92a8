// The array: a buffer for each row and each column, ROWS x COLUMNS dot-product units, the sequencer.
// Operands come in words of 32 bits: `write_unit` is the row (or column), `write_lane` the part of its
// word, `write_address` the word. A stripe lies as planes, least significant first, each of `words` words.
module bitserial_array #(
    parameter ROWS = 2,
    parameter COLUMNS = 2,
    parameter LANES = 2,
    parameter LEFT_DEPTH = 64,
    parameter RIGHT_DEPTH = 64,
    parameter LEFT_ADDRESS_BITS = 6,
    parameter RIGHT_ADDRESS_BITS = 6,
    parameter ADDRESS_BITS = 6, // the greater of the two
    parameter BUBBLE = 8,
    parameter UNIT_LATENCY = 1
) (
    input wire clock,
    input wire reset,
    input wire write_left,
    input wire write_right,
    input wire [7:0] write_unit,
    input wire [7:0] write_lane,
    input wire [ADDRESS_BITS-1:0] write_address,
    input wire [31:0] write_data,
    input wire start,
    input wire [15:0] tile_rows,
    input wire [15:0] tile_columns,
    input wire [ADDRESS_BITS:0] words,
    input wire [3:0] left_bits,
    input wire [3:0] right_bits,
    input wire left_signed,
    input wire right_signed,
    input wire [2:0] left_slots,
    input wire [2:0] right_slots,
    input wire [ADDRESS_BITS:0] left_top,
    input wire [ADDRESS_BITS:0] right_top,
    input wire left_token,
    input wire right_token,
    input wire result_token,
    output wire left_taken,
    output wire right_taken,
    output wire left_done,
    output wire right_done,
    output wire busy,
    // Of one tile, unit after unit along its rows; steady until the next tile's are there.
    output reg results_valid,
    output wire [32*ROWS*COLUMNS-1:0] results
);
    wire [ADDRESS_BITS-1:0] left_address;
    wire [ADDRESS_BITS-1:0] right_address;
    wire accumulate;
    wire clear;
    wire shift;
    wire negate;
    wire last;

    bitserial_sequencer #(.ADDRESS_BITS(ADDRESS_BITS), .BUBBLE(BUBBLE)) sequencer (
        .clock(clock), .reset(reset), .start(start), .tile_rows(tile_rows), .tile_columns(tile_columns),
        .words(words), .left_bits(left_bits), .right_bits(right_bits), .left_signed(left_signed),
        .right_signed(right_signed), .left_slots(left_slots), .right_slots(right_slots), .left_top(left_top),
        .right_top(right_top), .left_token(left_token), .right_token(right_token),
        .result_token(result_token), .left_taken(left_taken), .right_taken(right_taken),
        .left_done(left_done), .right_done(right_done), .busy(busy), .left_address(left_address),
        .right_address(right_address), .accumulate(accumulate), .clear(clear), .shift(shift),
        .negate(negate), .last(last));

    wire [32*LANES*ROWS-1:0] left;
    wire [32*LANES*COLUMNS-1:0] right;
    genvar unit, lane, row, column;
    generate
        for (unit = 0; unit < ROWS; unit = unit + 1) begin : left_buffers
            for (lane = 0; lane < LANES; lane = lane + 1) begin : lanes
                bitserial_buffer #(.DEPTH(LEFT_DEPTH), .ADDRESS_BITS(LEFT_ADDRESS_BITS)) memory (
                    .clock(clock), .write(write_left && write_unit == unit && write_lane == lane),
                    .write_address(write_address[LEFT_ADDRESS_BITS-1:0]), .write_data(write_data),
                    .read_address(left_address[LEFT_ADDRESS_BITS-1:0]), .read_data(left[32*(unit*LANES+lane) +: 32]));
            end
        end
        for (unit = 0; unit < COLUMNS; unit = unit + 1) begin : right_buffers
            for (lane = 0; lane < LANES; lane = lane + 1) begin : lanes
                bitserial_buffer #(.DEPTH(RIGHT_DEPTH), .ADDRESS_BITS(RIGHT_ADDRESS_BITS)) memory (
                    .clock(clock), .write(write_right && write_unit == unit && write_lane == lane),
                    .write_address(write_address[RIGHT_ADDRESS_BITS-1:0]), .write_data(write_data),
                    .read_address(right_address[RIGHT_ADDRESS_BITS-1:0]), .read_data(right[32*(unit*LANES+lane) +: 32]));
            end
        end
    endgenerate

    // The orders follow their words: two cycles through the buffers, then through the units' counters.
    localparam DELAY = 2 + UNIT_LATENCY;
    reg [5*DELAY-1:0] orders;
    reg captures;
    always @(posedge clock) begin
        orders <= {orders[5*(DELAY-1)-1:0], accumulate, clear, shift, negate, last};
        captures <= !reset && orders[5*DELAY-1] && orders[5*(DELAY-1)];
        results_valid <= captures;
    end

    generate
        for (row = 0; row < ROWS; row = row + 1) begin : rows
            for (column = 0; column < COLUMNS; column = column + 1) begin : columns
                bitserial_unit unit (
                    .clock(clock), .left(left[32*LANES*row +: 32*LANES]),
                    .right(right[32*LANES*column +: 32*LANES]), .accumulate(orders[5*DELAY-1]),
                    .clear(orders[5*DELAY-2]), .shift(orders[5*DELAY-3]), .negate(orders[5*DELAY-4]),
                    .capture(captures), .result(results[32*(row*COLUMNS+column) +: 32]));
            end
        end
    endgenerate
endmodule
