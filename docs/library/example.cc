#include <flom.hh>
#include <iostream>

int main() try {
    flom::FlomHandle handle;
    handle.setResourceName("db");
    handle.setResourceTimeout(5000);
    handle.setStartDaemon(1);
    flom::FlomLock lock(handle);
    std::cout << "held, token " << handle.getFencingToken() << std::endl;
} catch (const flom::FlomException &failure) {
    std::cerr << "not held: " << failure.what() << std::endl;
    return 1;
}
