// Maven Central has Trino's server as a library, without a class that has main().
public final class Start {
    public static void main(String[] args) {
        new io.trino.server.Server().start(args[0]);
    }
}
