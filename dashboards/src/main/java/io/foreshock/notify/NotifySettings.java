package io.foreshock.notify;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is told.
 *
 * @param alertmanagers addresses; each is told everything
 * @param authorization value of the header that all of them want, or null
 * @param webhook its address, or null for none
 * @param secret that signs what it gets; null only without a webhook
 * @param policy what it gets
 * @param page address of the run page, for links, or null
 */
public record NotifySettings(
        List<URI> alertmanagers,
        @Nullable String authorization,
        @Nullable URI webhook,
        @Nullable Secret secret,
        WebhookPolicy policy,
        @Nullable URI page) {
    /** Nobody. */
    public static final NotifySettings NONE =
            new NotifySettings(List.of(), null, null, null, WebhookPolicy.DEFAULT, null);

    public NotifySettings {
        alertmanagers = List.copyOf(alertmanagers);
        if (webhook != null && secret == null) {
            throw new IllegalArgumentException("a webhook needs a secret that signs what it gets");
        }
    }

    /** Without what may be secret. */
    @Override
    public String toString() {
        return "NotifySettings[alertmanagers=" + alertmanagers.size() + ", webhook=" + (webhook != null) + "]";
    }
}
