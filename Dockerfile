# tokenlint alone, linked statically: `docker run --rm -v "$PWD:/work" tokenlint check .`
# There is no git in it, so `--staged` and hooks need another image.
FROM rust:1.95-alpine AS build
WORKDIR /source
COPY Cargo.toml Cargo.lock build.rs ./
COPY rules rules
COPY src src
# Cargo.toml names them, and cargo wants them there.
COPY benches benches
RUN cargo build --release --locked

FROM scratch
COPY --from=build /source/target/release/tokenlint /tokenlint
WORKDIR /work
USER 65534:65534
ENTRYPOINT ["/tokenlint"]
