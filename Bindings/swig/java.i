// Java: what FlomHandle and its neighbours call. Nothing of it is public.
%include "enumsimple.swg"
%javaconst(1);
%pragma(java) moduleclassmodifiers="class"
%pragma(java) jniclassclassmodifiers="class"
%pragma(java) jniclasscode=%{
    static {
        System.loadLibrary("flom_java");
    }
%}
// A handle is a pointer that FlomHandle keeps.
%ignore flom_handle_s;
%apply long long { flom_fencing_token_t };
