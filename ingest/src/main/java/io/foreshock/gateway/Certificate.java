package io.foreshock.gateway;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import javax.net.ssl.X509ExtendedKeyManager;
import nl.altindag.ssl.SSLFactory;
import nl.altindag.ssl.pem.util.PemUtils;
import nl.altindag.ssl.util.SSLFactoryUtils;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server's certificate, read again when its file changes: certificates are renewed more often than gateways restart. */
final class Certificate {
    private static final Logger LOG = LoggerFactory.getLogger(Certificate.class);

    private final GatewaySettings.Tls files;
    private final SSLFactory factory;
    private FileTime read;

    /** @throws IOException if the files cannot be read, or are no certificate and key; names them */
    Certificate(GatewaySettings.Tls files) throws IOException {
        this.files = files;
        this.read = Files.getLastModifiedTime(files.certificate());
        this.factory = SSLFactory.builder()
                .withSwappableIdentityMaterial()
                .withIdentityMaterial(identity())
                .build();
    }

    private X509ExtendedKeyManager identity() throws IOException {
        String certificate = Files.readString(files.certificate());
        String key = Files.readString(files.key());
        try {
            return PemUtils.parseIdentityMaterial(certificate, key, null);
        } catch (RuntimeException e) {
            // Its message may quote what it could not read.
            throw new IOException(
                    files.certificate() + " and " + files.key()
                            + " must hold a certificate and its private key without a password, both in PEM",
                    e);
        }
    }

    SslContextFactory.Server forServer() {
        SslContextFactory.Server server = new SslContextFactory.Server();
        server.setSslContext(factory.getSslContext());
        return server;
    }

    /** Looks whether it has been renewed. */
    synchronized void look() {
        try {
            FileTime changed = Files.getLastModifiedTime(files.certificate());
            if (!changed.equals(read)) {
                read = changed;
                SSLFactoryUtils.reload(
                        factory,
                        SSLFactory.builder().withIdentityMaterial(identity()).build());
                LOG.info("{} has changed and is in use", files.certificate());
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("the certificate stays as it was: {}", e.getMessage());
        }
    }
}
