-- Who asked, as a certificate proves it.

-- The subject of the certificate that the client has shown over TLS, in the form of RFC 4514; NULL without TLS.
ALTER TABLE request ADD COLUMN tls_subject TEXT;
