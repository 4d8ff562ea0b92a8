// A library that has nothing to do with training.
extern "C" int answer() { return 42; }
