# The image, for those who have a container engine; k8s/image/build makes the same one without. All
# that is in it is made by k8s/image/root, and k8s/image/check runs it as its pod would.
#
#   docker build -t quorate:0.1.0 .

FROM maven:3.9-eclipse-temurin-25 AS build
RUN apt-get update
WORKDIR /quorate
COPY . .
RUN k8s/image/root /image

FROM scratch
COPY --from=build /image/ /
ENV PATH=/usr/local/bin:/usr/bin JAVA_HOME=/opt/java QUORATE_NO_BUILD=1
# As a number, so that Kubernetes can see that it is not root.
USER 65532:65532
# Reports of crashes are written here, too.
WORKDIR /var/lib/quorate
VOLUME /var/lib/quorate
EXPOSE 2379 2380
ENTRYPOINT ["/opt/quorate/bin/quorate"]
CMD ["serve"]
