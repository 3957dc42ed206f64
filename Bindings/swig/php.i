// PHP: the names of C. TRUE and FALSE are PHP's own.
%ignore TRUE;
%ignore FALSE;
