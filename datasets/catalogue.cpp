// SPDX-License-Identifier: Apache-2.0
#include "datasets/catalogue.hpp"

#include <algorithm>

#include "core/base/hash.hpp"
#include "core/base/text.hpp"
#include "datasets/dataset_source.hpp"
#include "datasets/table.hpp"

namespace predcorr::datasets {
namespace {

/// The study's repository at the commit whose files the check sums are of.
std::string study_url(const std::string& file) {
  return "https://raw.githubusercontent.com/ssydasheng/predictive-correlation-benchmark/"
         "2a367936135ad0cb94374b4bd120bb68b7ed90b3/data/uci/" +
         file;
}

/// MNIST's test digits (LeCun, Bottou, Bengio & Haffner 1998) in a repository that keeps the four files as they were
/// published, at the commit whose files the check sums are of: those of the .gz files, not of what is in them.
FetchedData rotated_digits() {
  const std::string folder = "https://raw.githubusercontent.com/kelas/mnist/283b387221ab46655e600cfcc25d843bb14292b9/";
  FetchedData data{
      "rotated-digits",
      {},
      {{"t10k-images-idx3-ubyte.gz", "167310007f03058885c7e95e6c0b19c20de5c7fd3031f4cbdadc9014a523d80b", ""},
       {"t10k-labels-idx1-ubyte.gz", "fc607395669ec21321ea83e4b82c0544b7e8e63ff5b34337c06bc0a17cc0da3c", ""}}};
  for (DataFile& file : data.files) file.url = folder + file.file;
  return data;
}

std::vector<CatalogueRow> rows() {
  std::vector<CatalogueRow> all = {
      {"boston",
       {},
       "housing.data",
       {"CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT"},
       "MEDV",
       506,
       "baadf72995725d76efe787b664e1f083388c79ba21ef9a7990d87f774184735a",
       "",
       "Harrison & Rubinfeld 1978, J. Environ. Econ. Manage. 5:81-102",
       "column B encodes race in a contested way; kept because the study used it"},
      {"concrete",
       {},
       "concrete.data",
       {"cement", "slag", "fly_ash", "water", "superplasticizer", "coarse_aggregate", "fine_aggregate", "age"},
       "strength",
       1030,
       "43d290fd2c2a399ad7e62c45cab5337ba94ece69ebdcf5875aa668cb886243de",
       "",
       "Yeh 1998, Cem. Concr. Res. 28:1797-1808",
       "mixes are repeated at several ages, so rows are not independent"},
      {"energy",
       {},
       "energy.data",
       {"compactness", "surface_area", "wall_area", "roof_area", "height", "orientation", "glazing_area",
        "glazing_distribution"},
       "heating_load",
       768,
       "7f8bf024cea437267d56be99b7af7bb3faebec8a7bccfbb20d06d52d9372a950",
       "",
       "Tsanas & Xifara 2012, Energy Build. 49:560-567",
       "noise-free simulation; the cooling load is left out"},
      {"kin8nm",
       {},
       "kin8nm.data",
       {"theta1", "theta2", "theta3", "theta4", "theta5", "theta6", "theta7", "theta8"},
       "distance",
       8192,
       "a694ce0c7a21390f2bd2a205c36f2482cd974637a207038696716e22f3bbe810",
       "",
       "DELVE data sets, kin family, 1996",
       ""},
      {"naval",
       {},
       "naval.data",
       {"lever_position", "ship_speed", "gt_shaft_torque", "gt_revolutions", "gg_revolutions", "starboard_torque",
        "port_torque", "hp_exit_temperature", "inlet_temperature", "outlet_temperature", "hp_exit_pressure",
        "inlet_pressure", "outlet_pressure", "exhaust_pressure", "injection_control", "fuel_flow", "compressor_decay"},
       "turbine_decay",
       11934,
       "de0ea69da1efaab8b9655ffed828547d10dd68c1fb8c6e0163e6a988def393a6",
       "",
       "Coraddu et al. 2016, Proc. IMechE M 230:136-153",
       "the 17th column, compressor_decay, is the simulator's other target; the study keeps it as an input"},
      {"power-plant",
       {"power_plant"},
       "power_plant.data",
       {"temperature", "vacuum", "pressure", "humidity"},
       "output",
       9568,
       "daebd20c408dfc5c4979604f240e891be162c3a5d00d662380aa669044a1fb31",
       "",
       "Tufekci 2014, Int. J. Electr. Power Energy Syst. 60:126-140",
       ""},
      {"wine",
       {},
       "wine.data",
       {"fixed_acidity", "volatile_acidity", "citric_acid", "residual_sugar", "chlorides", "free_sulfur_dioxide",
        "total_sulfur_dioxide", "density", "pH", "sulphates", "alcohol"},
       "quality",
       1599,
       "3ba41eaf4ab562088cf47b5c9dca2b4de2a330c3ee38a7920b4527a09574d5c1",
       "",
       "Cortez et al. 2009, Decis. Support Syst. 47:547-553",
       "red wine; the target is a whole number from 3 to 8"},
      {"yacht",
       {},
       "yacht_hydrodynamics.data",
       {"buoyancy_position", "prismatic_coefficient", "length_displacement", "beam_draught", "length_beam",
        "froude_number"},
       "resistance",
       308,
       "00dfecc0fc01ddd4c90b558a3ac11b246df8ebcfea130724223475a9a67f0ea1",
       "",
       "Gerritsma, Onnink & Versluis 1981, Int. Shipbuild. Prog. 28:276-297",
       ""},
  };
  for (CatalogueRow& row : all) row.url = study_url(row.file);
  return all;
}

/// A file of the catalogue; refused unless it is, byte for byte, the one the row describes.
class CatalogueDataset : public DatasetSource {
 public:
  explicit CatalogueDataset(const CatalogueRow& row) : row_(row) {}

  bool is_file() const override { return true; }

  std::string content_hash(const DataRequest&) const override { return row_.sha256; }

  Dataset load(const DataRequest& request) const override {
    const auto file = find_data_file(row_.file, request.folders,
                                     fmt::format("run 'predcorr fetch {}', or give --data FOLDER", row_.name))
                          .path;
    Dataset data = read_table(file, {.target = {"-1"}, .drop = {}, .group = "", .header = HeaderLine::absent});
    require(data.source.sha256 == row_.sha256, ErrorKind::data,
            "{}: is not the catalogue's '{}': SHA-256 {} was expected, got {}; run 'predcorr fetch {}'", file.string(),
            row_.name, row_.sha256, data.source.sha256, row_.name);
    data.name = row_.name;
    data.input_names = row_.inputs;
    data.target_name = row_.target;
    data.source.url = row_.url;
    data.source.citation = row_.citation;
    data.source.notes = row_.notes;
    require(data.rows() == row_.rows, ErrorKind::data, "{}: {} rows were expected, got {}", file.string(), row_.rows,
            data.rows());
    check_dataset(data, 10);
    return data;
  }

 private:
  CatalogueRow row_;
};

/// One registered data set for every row, under its name and its aliases.
const bool registered = [] {
  for (const CatalogueRow& row : catalogue()) {
    std::vector<std::string> names = row.aliases;
    names.push_back(row.name);
    for (const std::string& name : names)
      Registry<DatasetSource>::instance().add(
          {name,
           fmt::format("UCI, {} rows x {} inputs, target {}{}", row.rows, row.inputs.size(), row.target,
                       name == row.name ? "" : "; another name of " + row.name),
           row.citation, fmt::format("{}:{}", __FILE__, __LINE__), describe_parameters<NoParameters>,
           [row](const Json& given, const std::string& path, const std::filesystem::path&) -> AnyPlugin {
             read_parameters<NoParameters>(given, path);
             const std::shared_ptr<const DatasetSource> source = std::make_shared<const CatalogueDataset>(row);
             return {row.name, Json::object(), source, {{fmt::format("{} {}", DatasetSource::kKind, row.name), 1}}};
           }});
  }
  return true;
}();

}  // namespace

const std::vector<CatalogueRow>& catalogue() {
  static const std::vector<CatalogueRow> all = rows();
  return all;
}

const std::vector<FetchedData>& fetched_data() {
  static const std::vector<FetchedData> all = [] {
    std::vector<FetchedData> sets;
    for (const CatalogueRow& row : catalogue())
      sets.push_back({row.name, row.aliases, {{row.file, row.sha256, row.url}}});
    sets.push_back(rotated_digits());
    return sets;
  }();
  return all;
}

const FetchedData& find_fetched(const std::string& name) {
  std::vector<std::string> known;
  for (const FetchedData& data : fetched_data()) {
    if (data.name == name || contains(data.aliases, name)) return data;
    known.push_back(data.name);
  }
  fail(ErrorKind::config, "nothing to fetch is called '{}'{}", name, suggestion(name, known));
}

}  // namespace predcorr::datasets
