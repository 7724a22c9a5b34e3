package io.foreshock.follow;

import java.nio.file.Path;

/**
 * A file to publish.
 *
 * @param recording what it is called, whatever file it is now: the newest checkpoint's {@code trainer_state.json} is one
 *     recording with those before
 * @param file where it is read
 * @param run of events that name none
 * @param succeeded whether another file of the same run was begun after it, so that nothing more is expected
 */
public record Followed(Path recording, Path file, String run, boolean succeeded) {}
