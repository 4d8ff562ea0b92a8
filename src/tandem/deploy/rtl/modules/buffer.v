// One 32-bit lane of one row's buffer: a block RAM with registered input and output, so that a word is
// there two cycles after its address.
module bitserial_buffer #(
    parameter DEPTH = 1024,
    parameter ADDRESS_BITS = 10
) (
    input wire clock,
    input wire write,
    input wire [ADDRESS_BITS-1:0] write_address,
    input wire [31:0] write_data,
    input wire [ADDRESS_BITS-1:0] read_address,
    output reg [31:0] read_data
);
    (* ram_style = "block" *) reg [31:0] memory [0:DEPTH-1];
    reg [31:0] fetched;

    always @(posedge clock) begin
        if (write) memory[write_address] <= write_data;
        fetched <= memory[read_address];
        read_data <= fetched;
    end
endmodule
