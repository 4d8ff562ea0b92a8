// A plug-in as an older version of Tandem would have built it.
extern "C" const char* tandem_training_interface() { return "tandem 0.0.1, training interface 0"; }
extern "C" void* tandem_training_make() { return nullptr; }
