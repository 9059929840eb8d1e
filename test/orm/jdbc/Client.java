// JDBC, through Relay.java.
import java.sql.Array;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Arrays;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

public class Client {
  static String client = "JDBC";
  static Connection connection;

  interface Attempt {
    void run() throws Exception;
  }

  static void cell(String action, String note, Attempt attempt) {
    String outcome = note.isEmpty() ? "ok" : "cast";
    String detail = note;
    try {
      attempt.run();
    } catch (Throwable error) {
      error.printStackTrace();
      outcome = "FAILED";
      detail = error.toString().replaceAll("\\s+", " ");
    }
    say(action, outcome, detail);
  }

  static void cell(String action, Attempt attempt) {
    cell(action, "", attempt);
  }

  static void say(String action, String outcome, String detail) {
    System.out.println(String.join("\t", "cell", client, action, outcome,
        detail.substring(0, Math.min(200, detail.length()))));
  }

  static void same(Object found, Object wanted) {
    if (!Objects.deepEquals(found, wanted)) {
      throw new AssertionError("found " + found + ", wanted " + wanted);
    }
  }

  static void fails(String code, Attempt attempt) throws Exception {
    try {
      attempt.run();
    } catch (SQLException error) {
      same(error.getSQLState(), code);
      return;
    }
    throw new AssertionError("no error, wanted " + code);
  }

  static Object ask(String statement, Object... parameters) throws SQLException {
    try (PreparedStatement prepared = connection.prepareStatement(statement)) {
      return ask(prepared, parameters);
    }
  }

  static Object ask(PreparedStatement prepared, Object... parameters) throws SQLException {
    for (int i = 0; i < parameters.length; i++) prepared.setObject(i + 1, parameters[i]);
    try (ResultSet rows = prepared.executeQuery()) {
      rows.next();
      return rows.getObject(1);
    }
  }

  // Text whose type the server finds out: what a set, or the name of a table, is for JDBC.
  static Object untyped(String text) throws SQLException {
    org.postgresql.util.PGobject object = new org.postgresql.util.PGobject();
    object.setType("unknown");
    object.setValue(text);
    return object;
  }

  static Array array(long... ids) throws SQLException {
    return connection.createArrayOf("bigint", Arrays.stream(ids).boxed().toArray());
  }

  static long[] longs(Object array) throws SQLException {
    return Arrays.stream((Long[]) ((Array) array).getArray()).mapToLong(Long::longValue).toArray();
  }

  static String list(LongStream ids) {
    return ids.mapToObj(Long::toString).collect(Collectors.joining(",", "{", "}"));
  }

  public static void main(String[] arguments) throws Exception {
    int port = Relay.toServer();
    test("JDBC", "patient_set", port, "prefer", 5);
    // As pools and frameworks set it: all parameters of strings are left to the server.
    test("JDBC binary", "patient_set_2", port, "binary", -1);
    System.exit(0);
  }

  static void test(String name, String table, int port, String kind, int threshold) throws Exception {
    client = name;
    Properties settings = new Properties();
    settings.setProperty("user", System.getenv("PGUSER"));
    settings.setProperty("stringtype", "unspecified");
    settings.setProperty("prepareThreshold", Integer.toString(threshold));
    connection = DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + System.getenv("PGDATABASE"), settings);

    cell("create", () -> same(ask("SELECT objectset_create_table(?, ?)::text", table, "patient"), table));

    cell("query", () -> {
      Object wanted = ask("SELECT count(*) FROM patient WHERE smoker AND city = 'O''Brien' AND born < '1945-01-01'");
      String query = "SELECT id FROM patient WHERE smoker AND city = $1 AND born < $2";
      same(ask("SELECT objectset_save(?, ?, ?, ?, ?)", table, "smokers", query, "O'Brien", Date.valueOf("1945-01-01")), wanted);
    });

    cell("one", () -> {
      same(ask("SELECT objectset_save(?, ?, ?)", table, "trial 7", "{1..100}"), 100L);
      same(ask("SELECT objectset_add(?, ?, ?)", table, "trial 7", 500L), 1L);
      same(ask("SELECT objectset_remove(?, ?, ?)", table, "trial 7", 500), 1L);
    });

    cell("list", () -> {
      same(ask("SELECT objectset_add(?, ?, ?)", table, "trial 7", array(500, 501, 502)), 3L);
      same(ask("SELECT objectset_save(?, ?, ?)", table, "of a list", array(3, 1, 3)), 2L);
    });

    cell("set", () -> same(ask("SELECT objectset_add(?, ?, ?)", table, "trial 7", "{502,503}"), 1L));

    cell("filter", () -> {
      same(ask("SELECT count(*) FROM patient p JOIN " + table + " s ON p.id <@ s.members WHERE s.name = ?", "trial 7"), 104L);
      same(ask("SELECT count(*) FROM patient WHERE id <@ objectset_members(?, ?)", table, "trial 7"), 104L);
      same(ask("SELECT count(*) FROM patient WHERE id <@ ?", "{1,2,5000}"), 2L);
      same(ask("SELECT count(*) FROM patient WHERE id <@ ?::bigint[]::objectset", array(1, 2, 5000)), 2L);
    });

    cell("in place", () -> {
      same(ask("SELECT objectset_apply(?, ?, ?, ?)", table, "trial 7", "&", "{1..10}"), 10L);
      same(ask("SELECT objectset_apply(?, ?, ?, ?)", table, "trial 7", "|", array(11, 12)), 12L);
    });

    cell("page", () -> same(longs(ask(
        "SELECT ARRAY(SELECT objectset_elements(objectset_members(?, ?), ?::bigint, ?::bigint))", table, "trial 7", 10, 50)),
        new long[] {11, 12}));

    cell("text", () -> {
      same(longs(ask("SELECT ?::bigint[]::objectset::bigint[]", array(3, -1, 3))), new long[] {-1, 3});
      Object set = ask("SELECT ?::objectset", "{3,-1}");
      same(set.toString(), "{-1,3}");
      same(ask("SELECT ?", set).toString(), "{-1,3}");
    });

    if (kind.equals("binary")) {
      cell("binary", "members::bytea", () -> {
        byte[] bytes = (byte[]) ask("SELECT '{1,2}'::objectset::bytea");
        same(longs(ask("SELECT ?::bytea::objectset::bigint[]", bytes)), new long[] {1, 2});
      });
    } else {
      say("binary", "-", "prepared statements, below");
    }

    cell("prepared", () -> {
      try (PreparedStatement counted = connection.prepareStatement("SELECT count(*) FROM patient WHERE id <@ ?");
          PreparedStatement added = connection.prepareStatement("SELECT objectset_add(?, ?, ?)")) {
        for (int i = 0; i < 10; i++) {
          same(ask(counted, list(LongStream.range(0, i))), (long) Math.max(i - 1, 0));
          same(ask(added, table, "of a list", (long) i + 100), 1L);
        }
      }
    });

    cell("sizes", () -> {
      for (int size : new int[] {1, 10000, 10001}) {
        same(ask("SELECT objectset_save(?, ?, ?)", table, "sized", list(LongStream.range(0, size))), (long) size);
        same(longs(ask("SELECT objectset_members(?, ?)::bigint[]", table, "sized")).length, size);
        String text = ask("SELECT objectset_members(?, ?)", table, "sized").toString();
        same(text.startsWith(size > 10000 ? "roaring64:" : "{0"), true);
      }
    });

    cell("error", () -> {
      fails("42704", () -> ask("SELECT objectset_add(?, ?, ?)", table, "no such set", 1L));
      fails("22P02", () -> ask("SELECT ?::objectset", "{1,x}"));
    });
    connection.close();
  }
}
